import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Reception } from '../rtp/reception.ts';
import { readRtcp } from '../rtp/rtcp-packet.ts';
import { SrtpSession } from '../srtp/srtp-session.ts';
import { RtcpExchange, type RtcpView } from './rtcp-exchange.ts';

const PLACE = { address: '198.51.100.1', port: 4000 };
const RTCP_PLACE = { address: PLACE.address, port: 4001 };
const EPOCH = Date.UTC(2026, 0, 1);
const now = (ms: number) => ({ ms, at: EPOCH + ms });

function end(ssrc: number, remoteSsrc: number) {
  const reception = new Reception();
  const view: RtcpView = {
    ssrc,
    packets: 0,
    octets: 0,
    timestamp: 0,
    remoteSsrc,
    reception,
    ticksPerSample: 1,
  };
  const sent: { packet: Buffer; destination: { address: string; port: number } }[] = [];
  const exchange = new RtcpExchange(
    () => view,
    (packet, destination) => sent.push({ packet: Buffer.from(packet), destination }),
    new SrtpSession(),
  );
  exchange.configure(RTCP_PLACE, true);
  return { view, reception, sent, exchange };
}

describe('RTCP of a session', () => {
  it('tells loss and round trip to the one whose packets are reported on', () => {
    const a = end(1, 2);
    const b = end(2, 1);
    for (const sequence of [10, 11, 13, 14]) b.reception.arrive(sequence);
    a.view.packets = 4;
    a.exchange.tick(PLACE, now(0));
    a.exchange.tick(PLACE, now(8000));
    const fromA = a.sent[0];
    assert.ok(fromA);
    assert.deepEqual(fromA.destination, RTCP_PLACE);
    assert.ok(b.exchange.receive(fromA.packet, RTCP_PLACE, PLACE, now(8030)));
    b.exchange.leave(PLACE, now(8100));
    b.exchange.tick(PLACE, now(8100));
    b.exchange.tick(PLACE, now(17_000));
    const fromB = b.sent.at(-1);
    assert.ok(fromB);
    // Thirty milliseconds each way.
    assert.ok(a.exchange.receive(fromB.packet, RTCP_PLACE, PLACE, now(17_030)));
    assert.ok(Math.abs((a.exchange.roundTripMs as number) - 60) < 0.1, String(a.exchange.roundTripMs));
    assert.equal(a.exchange.remoteLoss, Math.floor(256 / 5) / 256);
  });

  it('believes nobody before the lock nor from another address, and sends him nothing', () => {
    const a = end(1, 2);
    const b = end(2, 1);
    b.view.packets = 1;
    b.exchange.leave(PLACE, now(0));
    const packet = (b.sent[0] as { packet: Buffer }).packet;
    assert.equal(a.exchange.receive(packet, RTCP_PLACE, undefined, now(10)), false);
    assert.equal(a.exchange.receive(packet, { address: '203.0.113.1', port: 4001 }, PLACE, now(10)), false);
    a.view.packets = 1;
    a.exchange.leave(PLACE, now(20));
    assert.deepEqual(
      a.sent.map(({ destination }) => destination),
      [RTCP_PLACE],
    );
  });

  it('reports where the media really comes from when that is not what the SDP named', () => {
    const a = end(1, 2);
    a.view.packets = 1;
    a.exchange.configure({ address: '10.0.0.1', port: 9001 }, true);
    a.exchange.leave(PLACE, now(0));
    assert.deepEqual(a.sent[0]?.destination, RTCP_PLACE);
  });

  it('reports every 2.5 to 7.5 s, as a sender only while it sends', () => {
    const a = end(1, 2);
    a.view.packets = 1;
    for (let ms = 0; ms < 60_000; ms += 20) a.exchange.tick(PLACE, now(ms));
    assert.ok(a.sent.length >= 8 && a.sent.length <= 24, String(a.sent.length));
    const senders = a.sent.map(({ packet }) => readRtcp(packet)?.senderReportNtp !== undefined);
    assert.deepEqual(senders, [true, ...senders.slice(1).map(() => false)]);
  });
});
