import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needsPeer } from '../support/peers.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { openSegmentRelay, type Segmentation } from '../support/segment-relay.ts';
import { runSipp } from '../support/sipp.ts';

const GREETING = { firstMessage: 'Hello.' };
const FAREWELL = { firstMessage: 'Thank you, goodbye.', endCallPhrases: ['goodbye'] };
const BY_CALLER = 'customer-ended-call';
const BY_PHRASE = 'assistant-said-end-call-phrase';

/** What each scenario in `sipp/` proves of the forms that a request may have: [title, agent, who ended the call]. */
const CALLS: Record<string, [title: string, agent: object, endedReason: string]> = {
  'strict-router': ['a strict router on the way is followed', FAREWELL, BY_PHRASE],
  'many-vias': ['every Via comes back in its order', GREETING, BY_CALLER],
  'folded-headers': ['folded headers and names in any case are read', GREETING, BY_CALLER],
  'escaped-user': ['a user part with escaped letters is the same user', GREETING, BY_CALLER],
  'other-host': ["the vendor's host names a number of ours", GREETING, BY_CALLER],
  'caller-of-rfc2543': ['a caller of RFC 2543 is answered', GREETING, BY_CALLER],
  'anonymous-caller': ['an anonymous caller is answered', GREETING, BY_CALLER],
};

/** Those that make no call. */
const REFUSALS: Record<string, string> = {
  'too-many-vias': 'too many Vias get 400',
  'accept-without-sdp': 'a caller who takes no SDP gets 406',
  'encoded-body': 'a body in an encoding gets 415',
};

/** How a caller is shown who asks to stay unknown. */
const ANONYMOUS = 'sip:anonymous@anonymous.invalid';
const SEGMENTATIONS: Segmentation[] = ['split', 'merged'];

describe('forms of requests of sipp', { concurrency: 8, ...needsPeer('sipp') }, () => {
  let exchange: RunningExchange;

  before(async () => {
    exchange = await startExchange();
  });
  after(() => exchange.stop());

  for (const transport of ['udp', 'tcp'] as const) {
    for (const [scenario, [title, agent, endedReason]] of Object.entries(CALLS)) {
      test(`${title} over ${transport}`, async () => {
        const user = `line-${scenario}-${transport}`;
        const { numberId } = await exchange.numberWith(user, agent);
        const keys = { rest: user.slice(1), fold: ' ' };
        await runSipp({ scenario, transport, user, port: exchange.offhook.sipPort, keys });
        const record = await exchange.endedCall(numberId);
        assert.equal(record.endedReason, endedReason);
        const caller = scenario === 'anonymous-caller' ? ANONYMOUS : 'sip:caller@127.0.0.1';
        assert.equal(record.customer?.sipUri?.replace(/:\d+$/, ''), caller);
      });
    }

    for (const [scenario, title] of Object.entries(REFUSALS)) {
      test(`${title} over ${transport}`, async () => {
        const user = `line-${scenario}-${transport}`;
        const { numberId } = await exchange.numberWith(user, GREETING);
        await runSipp({ scenario, transport, user, port: exchange.offhook.sipPort });
        assert.equal(await exchange.callTo(numberId), undefined);
      });
    }

    test(`a tel URI reaches the number over ${transport}`, async () => {
      const user = transport === 'udp' ? '+14155550181' : '+14155550182';
      const { numberId } = await exchange.numberWith(user, GREETING);
      await runSipp({ scenario: 'tel-uri', transport, user, port: exchange.offhook.sipPort });
      assert.equal((await exchange.endedCall(numberId)).endedReason, BY_CALLER);
    });
  }

  for (const segmentation of SEGMENTATIONS) {
    test(`requests in ${segmentation} TCP segments are each answered`, async () => {
      const user = `line-${segmentation}`;
      const { numberId } = await exchange.numberWith(user, GREETING);
      const relay = await openSegmentRelay(exchange.offhook.sipPort, segmentation);
      try {
        await runSipp({ scenario: 'pipelined-requests', transport: 'tcp', user, port: relay.port });
        assert.equal((await exchange.endedCall(numberId)).endedReason, BY_CALLER);
        if (segmentation === 'split') assert.ok(relay.segments > relay.bytes / 2, 'byte for byte');
        else assert.ok(relay.segments <= 4, `${relay.segments} segments`);
      } finally {
        await relay.close();
      }
    });
  }
});
