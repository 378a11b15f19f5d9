import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needsPeer } from '../support/peers.ts';
import { startExchange } from '../support/running-exchange.ts';
import { runSipp } from '../support/sipp.ts';
import { until } from '../support/until.ts';

/** New calls a second: one call, and none for the rest of the test. */
const ONE_CALL_CPS = '0.01';
/** How long a call in progress may still go on after the exchange was told to stop. */
const DRAIN_MS = 3_000;
const GREETING = { firstMessage: 'Hello, this is the bakery.' };

describe('an exchange that takes no more calls of sipp', { concurrency: 2, ...needsPeer('sipp') }, () => {
  test('beyond its rate a source gets silence, and the BYE of its call is answered', async () => {
    const exchange = await startExchange({ OFFHOOK_SOURCE_CPS: ONE_CALL_CPS });
    try {
      const { numberId } = await exchange.numberWith('bakery', GREETING);
      await runSipp({ scenario: 'over-the-rate', user: 'bakery', port: exchange.offhook.sipPort });
      assert.equal((await exchange.endedCall(numberId)).endedReason, 'customer-ended-call');
      const metrics = await (await fetch(`${exchange.offhook.httpUrl}/metrics`)).text();
      assert.match(metrics, /offhook_sip_source_dropped_total\{cause="rate"\} 1\n/);
    } finally {
      await exchange.stop();
    }
  });

  test('while it drains, new calls get 503 with Retry-After, and the one in progress ends politely', async () => {
    const exchange = await startExchange({ OFFHOOK_DRAIN_MS: String(DRAIN_MS) });
    const port = exchange.offhook.sipPort;
    const { numberId } = await exchange.numberWith('bakery', GREETING);
    const inProgress = runSipp({ scenario: 'agent-hangs-up', user: 'bakery', port });
    await until('the call is up', async () => (await exchange.callTo(numberId))?.status === 'in-progress');
    let isStopped = false;
    const stopped = exchange.stop().then(() => {
      isStopped = true;
    });
    await Promise.all([
      runSipp({ scenario: 'draining', user: 'bakery', port }),
      runSipp({ scenario: 'draining', user: 'bakery', port, transport: 'tcp' }),
    ]);
    assert.equal(isStopped, false, 'the call in progress has not been cut off');
    await inProgress;
    await stopped;
  });
});
