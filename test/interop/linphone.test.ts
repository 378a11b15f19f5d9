import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { MediaStats } from '../../src/domain/calls/call.ts';
import { type DialingExchange, startDialingExchange } from '../support/dialing-exchange.ts';
import { hears } from '../support/hears.ts';
import { LINPHONE_TONE_HZ, startLinphone } from '../support/linphone.ts';
import { needsPeer } from '../support/peers.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { until } from '../support/until.ts';

const GREETING = 'Hello, this is the bakery.';
const TRANSPORTS = ['udp', 'tcp'] as const;

describe('linphone calls the exchange', needsPeer('linphone'), () => {
  let exchange: RunningExchange;

  before(async () => {
    exchange = await startExchange();
  });
  after(() => exchange.stop());

  for (const transport of TRANSPORTS) {
    test(`over ${transport}: hears the greeting, presses a key, holds and resumes, hangs up`, async () => {
      const user = `bakery-${transport}`;
      const { numberId } = await exchange.numberWith(user, { firstMessage: GREETING });
      const linphone = await startLinphone({ transport });
      try {
        linphone.dial(`${exchange.uri(user)};transport=${transport}`);
        await linphone.shows(/Call 1 .* connected/);
        const { id } = await until('the exchange has the call', () => exchange.callTo(numberId));
        const happened = async (type: string) =>
          (await exchange.timeline(id)).find((entry) => entry.type === type);
        const spoken = await until('the greeting is over', () => happened('message.added'));
        assert.equal(spoken.data.message, GREETING);
        linphone.press('5');
        const pressed = await until('the key has come', () => happened('dtmf.received'));
        assert.equal(pressed.data.digit, '5');
        linphone.hold();
        await until('the call is held', () => happened('call.held'));
        await linphone.shows(/is now paused/);
        linphone.resume();
        await until('the call is resumed', () => happened('call.resumed'));
        linphone.hangup();
      } finally {
        await linphone.close();
      }
      const { endedReason, artifact } = await exchange.endedCall(numberId);
      assert.equal(endedReason, 'customer-ended-call');
      const media = artifact.media as MediaStats | undefined;
      assert.ok(media && media.received > 50 && media.sent > 50, JSON.stringify(media));
      assert.equal(media.lost, 0);
    });
  }
});

describe('the exchange calls linphone', needsPeer('linphone'), () => {
  let exchange: DialingExchange;

  before(async () => {
    exchange = await startDialingExchange({ ports: { from: 36_500, to: 36_599 } });
  });
  after(() => exchange.close());

  for (const transport of TRANSPORTS) {
    test(`over ${transport}: it answers, is heard, and hangs up`, async () => {
      const linphone = await startLinphone({ transport, answers: true });
      try {
        const leg = await exchange.dial({ type: 'sip', sipUri: linphone.uri });
        await leg.answered;
        await hears(leg.media, LINPHONE_TONE_HZ);
        linphone.hangup();
        await until('the leg has ended', () => leg.end);
        assert.equal(leg.end?.by, 'peer');
        await leg.hangup();
      } finally {
        await linphone.close();
      }
    });
  }
});
