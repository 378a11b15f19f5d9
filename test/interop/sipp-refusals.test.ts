import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needsPeer } from '../support/peers.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { runSipp, type SippRun } from '../support/sipp.ts';

const TRANSPORTS = ['udp', 'tcp'] as const;

/** What each scenario in `sipp/` proves of a request that makes no call. */
const REFUSALS: Record<string, string> = {
  options: 'OPTIONS gets 200 with Allow and Accept',
  'unknown-method': 'an unknown method gets 501',
  'methods-not-allowed':
    'REGISTER, SUBSCRIBE, PUBLISH and MESSAGE get 405 with Allow, a REFER outside a call 403',
  'unknown-extension': 'a required option that we lack gets 420 with Unsupported',
  'too-many-hops': 'Max-Forwards 0 gets 483',
  'unsupported-body': 'a body that is no SDP gets 415 with Accept',
  'no-common-codec': 'an offer without a codec of ours gets 488',
  'srtp-only': 'an offer of SRTP alone gets 488',
  'outside-dialog': 'BYE, INFO and CANCEL for what we do not know get 481',
  'malformed-invite': 'an INVITE that cannot be understood gets 400',
  'wrong-scheme': 'a request for an unknown URI scheme gets 416',
  scanner: 'a scanner that says its name gets silence',
};

describe('requests of sipp that make no call', { concurrency: 6, ...needsPeer('sipp') }, () => {
  let exchange: RunningExchange;
  let numberId: string;

  before(async () => {
    exchange = await startExchange();
    ({ numberId } = await exchange.numberWith('bakery', { firstMessage: 'Hello.' }));
  });

  after(async () => {
    const calls = await exchange.api<object[]>('GET', `/call?phoneNumberId=${numberId}`);
    const up = exchange.offhook.activeCalls;
    await exchange.stop();
    assert.deepEqual(calls, [], 'none of them has left a call');
    assert.equal(up, 0);
  });

  const run = (scenario: string, transport: 'udp' | 'tcp', user = 'bakery'): Promise<SippRun> =>
    runSipp({ scenario, transport, user, port: exchange.offhook.sipPort });

  for (const transport of TRANSPORTS) {
    for (const [scenario, title] of Object.entries(REFUSALS)) {
      test(`${title} over ${transport}`, async () => {
        await run(scenario, transport);
      });
    }

    test(`an unknown number gets 404, and a copy of the INVITE the same answer over ${transport}`, async () => {
      const { messages } = await run('unknown-user', transport, 'nobody');
      const answers = messages.filter(({ text }) => text.startsWith('SIP/2.0 404')).map(({ text }) => text);
      assert.equal(answers.length, 2);
      assert.equal(answers[1], answers[0]);
    });
  }
});
