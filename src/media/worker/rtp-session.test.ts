import assert from 'node:assert/strict';
import type { RemoteInfo } from 'node:dgram';
import { describe, it } from 'node:test';
import { DTMF_PAYLOAD_BYTES, writeDtmfEvent } from '../dtmf/dtmf-event.ts';
import type { WorkerMediaParams } from '../media-params.ts';
import { newRtpPacket, RTP_HEADER_BYTES, readRtpPacket, writeRtpHeader } from '../rtp/rtp-packet.ts';
import type { SessionEvent } from './protocol.ts';
import { RtpSession } from './rtp-session.ts';
import { SampleBlocks } from './sample-blocks.ts';
import type { SocketPair } from './socket-pair.ts';

const PEER: RemoteInfo = { address: '192.0.2.1', family: 'IPv4', port: 4_000, size: 0 };
const EVENT_TYPE = 101;
const SSRC = 7;
const PARAMS: WorkerMediaParams = {
  remoteAddress: PEER.address,
  remotePort: PEER.port,
  remoteRtcpPort: PEER.port + 1,
  codec: 'PCMU',
  payloadType: 0,
  dtmfPayloadType: EVENT_TYPE,
  ptimeMs: 20,
  direction: 'sendrecv',
};

/**
 * A session without sockets: `event` is a telephone-event of its peer, `told` what the main thread gets to know, and
 * `sent` how long each key is that goes to the peer, in milliseconds by its timestamp.
 */
function setUp() {
  const told: SessionEvent[] = [];
  const sent = new Map<number, number>();
  const packet = newRtpPacket();
  let nowMs = 1_000;
  let receive: (bytes: Buffer, from: RemoteInfo) => void = assert.fail;
  const sockets = {
    listen: (onRtp: typeof receive) => {
      receive = onRtp;
    },
    connect() {},
    disconnect() {},
    sendRtp: (bytes: Buffer) => {
      if (!readRtpPacket(bytes, packet) || packet.payloadType !== EVENT_TYPE) return;
      sent.set(packet.timestamp, bytes.readUInt16BE(packet.payloadOffset + 2) / 8);
    },
    sendRtcp() {},
    close: async () => {},
  } as unknown as SocketPair;
  const session = new RtpSession(1, sockets, {
    blocks: new SampleBlocks(),
    monotonic: () => nowMs,
    toEpoch: (ms) => ms,
    tell: (event) => told.push(event),
    deliver() {},
  });
  session.configure(PARAMS);
  const event = (sequence: number, durationMs = 100) => {
    const bytes = Buffer.alloc(RTP_HEADER_BYTES + DTMF_PAYLOAD_BYTES);
    writeRtpHeader(bytes, true, EVENT_TYPE, sequence, sequence * 160, SSRC);
    writeDtmfEvent(bytes, RTP_HEADER_BYTES, 5, true, durationMs * 8);
    receive(bytes, PEER);
  };
  const keys = () => told.filter(({ type }) => type === 'dtmf').length;
  const run = (frames: number) => {
    for (let frame = 0; frame < frames; frame += 1) {
      session.tick(nowMs, 0);
      nowMs += 20;
    }
  };
  return { session, event, keys, run, sent: () => [...sent.values()], pass: (ms: number) => (nowMs += ms) };
}

describe('an RTP session', () => {
  it('tells and passes on no more keys than a line may send, and counts the rest', () => {
    const { session, event, keys, pass } = setUp();
    const passedOn: number[] = [];
    session.bridge(1, false).connect({
      audio() {},
      key: (code) => passedOn.push(code),
      close() {},
    });
    for (let sequence = 0; sequence < 200; sequence += 1) event(sequence);
    assert.equal(keys(), 32);
    assert.equal(passedOn.length, 32);
    assert.equal(session.stats().rejected, 168);
    pass(1_000);
    for (let sequence = 200; sequence < 300; sequence += 1) event(sequence);
    assert.equal(keys(), 52);
  });

  it('sends a key of a bridged party for a second at most, and keeps no more of them than 32', async () => {
    const { session, run, sent } = setUp();
    session.sendBridgedKey(5, 8_000);
    run(100);
    assert.deepEqual(sent(), [1_000]);
    for (let count = 0; count < 100; count += 1) session.sendBridgedKey(6, 10);
    run(100 * 10);
    assert.deepEqual(sent().slice(1), Array(32).fill(40));
    await session.close();
  });
});
