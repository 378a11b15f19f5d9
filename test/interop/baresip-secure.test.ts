import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { MediaStats } from '../../src/domain/calls/call.ts';
import { type BaresipOptions, startBaresip } from '../support/baresip.ts';
import { type DialingExchange, startDialingExchange, trunk } from '../support/dialing-exchange.ts';
import { needsPeer } from '../support/peers.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { CERT_PATH, KEY_PATH } from '../support/test-certificate.ts';
import { until } from '../support/until.ts';

/** The number that a trunk is asked for. */
const NUMBER = '+442079460018';
/** baresip opens its RTCP path with a packet of its own each time that its media starts, in the clear. */
const CLEAR_RTCP_PACKETS = 3;
const GREETING = 'Hello, this is the bakery.';
const LINES: readonly Pick<BaresipOptions, 'codec' | 'transport' | 'srtp'>[] = [
  { codec: 'G722', transport: 'udp' },
  { codec: 'opus', transport: 'tcp' },
  { codec: 'PCMU', transport: 'tls', srtp: 'srtp-mand' },
  { codec: 'opus', transport: 'tls', srtp: 'srtp-mand' },
];
const named = ({ codec, transport, srtp }: (typeof LINES)[number]) =>
  `with ${codec} over ${transport}${srtp ? ' and SRTP' : ''}`;

describe('baresip calls the exchange', { concurrency: 2, ...needsPeer('baresip') }, () => {
  let exchange: RunningExchange;
  before(async () => {
    exchange = await startExchange({
      OFFHOOK_SIPS_PORT: '0',
      OFFHOOK_TLS_CERT: CERT_PATH,
      OFFHOOK_TLS_KEY: KEY_PATH,
    });
  });
  after(() => exchange.stop());

  const uriOf = (user: string, transport: string | undefined) => {
    const { sipPort, sipsPort } = exchange.offhook;
    return `sip:${user}@127.0.0.1:${transport === 'tls' ? sipsPort : sipPort};transport=${transport}`;
  };

  for (const [index, line] of [
    ...LINES,
    { codec: 'PCMA', transport: 'tls', srtp: 'srtp' } as const,
  ].entries())
    test(`${named(line)}${line.srtp === 'srtp' ? ' as a choice' : ''}: a key is heard, the call is held and goes on`, async () => {
      const user = `bakery-${index}`;
      const { numberId } = await exchange.numberWith(user, { firstMessage: GREETING });
      const baresip = await startBaresip(line);
      try {
        await baresip.dial(uriOf(user, line.transport));
        await baresip.event('CALL_ESTABLISHED', 10_000);
        await baresip.event('CALL_RTPESTAB');
        const { id } = await until('the exchange has the call', () => exchange.callTo(numberId));
        const happened = async (type: string) =>
          (await exchange.timeline(id)).find((entry) => entry.type === type);
        await baresip.press('5');
        const pressed = await until('the key has come', () => happened('dtmf.received'));
        assert.equal(pressed.data.digit, '5');
        await baresip.hold();
        await until('the call is held', () => happened('call.held'));
        await baresip.resume();
        await until('the call is resumed', () => happened('call.resumed'));
        await until('the greeting is over', () => happened('message.added'));
        await baresip.hangup();
      } finally {
        await baresip.close();
      }
      const { endedReason, artifact } = await exchange.endedCall(numberId);
      assert.equal(endedReason, 'customer-ended-call');
      const media = artifact.media as MediaStats | undefined;
      assert.equal(media?.codec, line.codec);
      assert.ok(media.received > 20 && media.sent > 20, JSON.stringify(media));
      assert.equal(media.srtp?.suite, line.srtp && 'AES_CM_128_HMAC_SHA1_80');
      assert.ok((media.srtp?.authenticationFailures ?? 0) <= CLEAR_RTCP_PACKETS, JSON.stringify(media));
    });
});

describe('the exchange calls baresip', needsPeer('baresip'), () => {
  const PORTS = { from: 36_400, to: 36_499 };

  async function call(line: (typeof LINES)[number]): Promise<void> {
    const baresip = await startBaresip({ ...line, user: NUMBER, answers: true });
    const protocol = line.srtp ? 'tls/srtp' : (line.transport ?? 'udp');
    const exchange: DialingExchange = await startDialingExchange({
      ports: PORTS,
      tls: true,
      credentials: [trunk('baresip', [baresip.port], { protocol })],
      mediaPolicy: {
        codecs: [line.codec],
        codecOrder: 'theirs',
        srtp: 'optional',
        srtpWithoutTls: false,
      },
    });
    try {
      const leg = await exchange.dial({ type: 'number', number: NUMBER });
      const keys: string[] = [];
      const held: boolean[] = [];
      leg.media.dtmf.on(({ digit }) => keys.push(digit));
      leg.held.on((isHeld) => held.push(isHeld));
      await leg.answered;
      await baresip.event('CALL_RTPESTAB');
      await baresip.press('5');
      await until('the key has come', () => keys.length === 1);
      await baresip.hold();
      await until('the call is held', () => held.length === 1);
      await baresip.resume();
      await until('the call is resumed', () => held.length === 2);
      assert.deepEqual([keys, held], [['5'], [true, false]]);
      const stats = await until('audio has flowed both ways', async () => {
        const sofar = await leg.media.stats();
        return sofar.received > 10 && sofar.sent > 10 && sofar;
      });
      assert.equal(stats.codec, line.codec);
      assert.equal(stats.srtp !== undefined, line.srtp !== undefined);
      assert.ok((stats.srtp?.authenticationFailures ?? 0) <= CLEAR_RTCP_PACKETS, JSON.stringify(stats));
      await leg.hangup();
    } finally {
      await exchange.close();
      await baresip.close();
    }
  }

  for (const line of LINES) test(`${named(line)}, over a gateway that asks for it`, () => call(line));
});
