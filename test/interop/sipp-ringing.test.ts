import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needsPeer } from '../support/peers.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { runSipp } from '../support/sipp.ts';
import { until } from '../support/until.ts';

/** Longer than any of these callers waits. */
const RING_DELAY_MS = 30_000;
const GIVEN_UP = 'call.ringing.sip-inbound-caller-hungup-before-call-connect';

/** What each scenario in `sipp/` proves of a call that is not answered yet. */
const GIVING_UP: Record<string, string> = {
  'cancel-while-ringing': 'CANCEL gets 200, and the INVITE 487',
  'cancel-at-once': 'CANCEL right behind the INVITE ends it',
  'bye-while-ringing': 'BYE on the early dialog gets 200, and the INVITE 487',
  'repeated-invite-ringing': 'a copy of the INVITE gets 180 again',
  'reinvite-while-ringing': 'a re-INVITE before the answer gets 500 with Retry-After',
};

describe('calls of sipp that ring', { concurrency: 6, ...needsPeer('sipp') }, () => {
  let exchange: RunningExchange;

  before(async () => {
    exchange = await startExchange({ OFFHOOK_RING_DELAY_MS: String(RING_DELAY_MS) });
  });

  after(async () => {
    try {
      await until('no call is kept for a caller who has gone', () => exchange.offhook.activeCalls === 0);
    } finally {
      await exchange.stop();
    }
  });

  for (const transport of ['udp', 'tcp'] as const) {
    for (const [scenario, title] of Object.entries(GIVING_UP)) {
      test(`${title} over ${transport}`, async () => {
        const user = `${scenario}-${transport}`;
        const { numberId } = await exchange.numberWith(user, { firstMessage: 'Hello.' });
        const { messages } = await runSipp({ scenario, transport, user, port: exchange.offhook.sipPort });
        assert.ok(!messages.some(({ text }) => text.startsWith('SIP/2.0 200') && text.includes(' INVITE')));
        assert.equal((await exchange.endedCall(numberId)).endedReason, GIVEN_UP);
      });
    }
  }
});
