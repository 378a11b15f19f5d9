import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startBaresip } from '../support/baresip.ts';
import { type DialingExchange, startDialingExchange } from '../support/dialing-exchange.ts';
import { needsPeer } from '../support/peers.ts';
import { until } from '../support/until.ts';

const OPERATORS = [
  { codec: 'PCMU', transport: 'udp' },
  { codec: 'PCMA', transport: 'tcp' },
] as const;

describe('the exchange calls baresip', needsPeer('baresip'), () => {
  let exchange: DialingExchange;

  before(async () => {
    exchange = await startDialingExchange({ ports: { from: 36_300, to: 36_399 } });
  });
  after(() => exchange.close());

  for (const { codec, transport } of OPERATORS) {
    test(`with ${codec} over ${transport}: it answers, presses a key, holds and resumes, hangs up`, async () => {
      const baresip = await startBaresip({ codec, transport, answers: true });
      try {
        const leg = await exchange.dial({ type: 'sip', sipUri: baresip.uri });
        const keys: string[] = [];
        const held: boolean[] = [];
        leg.media.dtmf.on(({ digit }) => keys.push(digit));
        leg.held.on((isHeld) => held.push(isHeld));
        await leg.answered;
        await baresip.event('CALL_ESTABLISHED');
        await baresip.event('CALL_RTPESTAB');
        await baresip.press('5');
        await until('the key has come', () => keys.length === 1);
        await baresip.hold();
        await until('the call is held', () => held.length === 1);
        await baresip.resume();
        await until('the call is resumed', () => held.length === 2);
        assert.deepEqual([keys, held], [['5'], [true, false]]);
        const stats = await leg.media.stats();
        assert.equal(stats.codec, codec);
        assert.ok(stats.received > 10 && stats.sent > 10, JSON.stringify(stats));
        await baresip.hangup();
        await until('the leg has ended', () => leg.end);
        assert.equal(leg.end?.by, 'peer');
        await leg.hangup();
      } finally {
        await baresip.close();
      }
    });
  }
});
