import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type DialingExchange, startDialingExchange, trunk } from '../../../test/support/dialing-exchange.ts';
import { type Callees, openCallees } from '../../../test/support/open-callees.ts';
import type { OutboundPolicy } from '../../domain/orgs/dial-policy.ts';
import { DialPaceError } from '../../flow/dialing/dial-gate.ts';
import type { Callee } from '../../phone/callee.ts';
import type { SipOutboundLeg } from './sip-outbound-leg.ts';

const NUMBER = { type: 'number' as const, number: '+14155550123' };
const LIMIT_MS = 5_000;
/** Within which the kill switch ends all legs. */
const KILLED_MS = 2_000;

describe('the limits of an org, on legs over its trunk', () => {
  let callees: Callees;
  let operator: Callee;
  let exchange: DialingExchange;
  let policy: OutboundPolicy;
  const legs: SipOutboundLeg[] = [];

  before(async () => {
    callees = openCallees({ from: 36_600, to: 36_699 });
    operator = await callees.open();
  });
  beforeEach(async () => {
    policy = { allowedPrefixes: ['+'] };
    operator.manner = { does: 'answer' };
    operator.calls.length = 0;
    exchange = await startDialingExchange({
      ports: { from: 36_700, to: 36_799 },
      credentials: [trunk('trunk', [operator.port])],
      outbound: policy,
    });
  });
  afterEach(async () => {
    await Promise.all(legs.splice(0).map((leg) => leg.hangup()));
    await exchange.close();
  });
  after(() => callees.close());

  async function dial(): Promise<SipOutboundLeg> {
    const leg = await exchange.dial(NUMBER);
    legs.push(leg);
    return leg;
  }
  const refused = (message: RegExp) => ({ name: 'DialError', outcome: 'refused', message });

  it('has one leg at a time, one that only rings among them, and another once it is over', async () => {
    policy.concurrentCalls = 1;
    operator.manner = { does: 'ring' };
    const first = await dial();
    await assert.rejects(dial(), refused(/outbound\.concurrentCalls/));
    await first.hangup();
    operator.manner = { does: 'answer' };
    await (await dial()).answered;
    await assert.rejects(dial(), refused(/outbound\.concurrentCalls/));
    assert.equal(operator.calls.length, 2, 'nothing was sent for those that were refused');
  });

  it('begins so many in a second, and is told when the next may', async () => {
    policy.callsPerSecond = 1;
    await (await dial()).answered;
    await assert.rejects(dial(), (error) => {
      assert.ok(error instanceof DialPaceError);
      assert.ok(error.retryAfterMs > 0 && error.retryAfterMs <= 1_000, String(error.retryAfterMs));
      return true;
    });
    assert.equal(operator.calls.length, 1);
  });

  it('stops at the minutes of the day, which a leg that is not answered does not use up', async () => {
    policy.dailyMinutes = 1;
    operator.manner = { does: 'refuse', status: 486 };
    const busy = await dial();
    await assert.rejects(busy.answered, { outcome: 'busy' });
    operator.manner = { does: 'answer' };
    const first = await dial();
    await first.answered;
    await first.hangup();
    await assert.rejects(dial(), refused(/outbound\.dailyMinutes/));
  });

  it('ends what is up, and what rings, by the kill switch', async () => {
    const up = await dial();
    await up.answered;
    operator.manner = { does: 'ring' };
    const ringing = await dial();
    const calls = [await operator.call(LIMIT_MS, 0), await operator.call(LIMIT_MS, 1)];
    policy.killSwitch = true;
    await assert.rejects(ringing.answered, { outcome: 'refused' });
    await Promise.all(calls.map((call) => call.whenEnded(KILLED_MS)));
    assert.equal(up.end?.by, 'failure', 'neither side hung up');
    await assert.rejects(dial(), refused(/outbound\.killSwitch/));
  });
});
