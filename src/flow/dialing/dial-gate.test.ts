import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { OutboundPolicy } from '../../domain/orgs/dial-policy.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { DialError } from '../dialer.ts';
import { type DialClaim, DialGate, DialPaceError } from './dial-gate.ts';

const CLAIM: DialClaim = { orgId: 'org', by: 'api', from: '+14155550100' };
const NUMBER = '+14155550123';

let clock: FakeClock;
let policy: OutboundPolicy;
let minutes: Map<string, number>;
let gate: DialGate;
/** What reading an org waits for. */
let readable: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  policy = {};
  minutes = new Map();
  readable = Promise.resolve();
  gate = new DialGate({
    orgs: {
      getOrg: async (id) => {
        await readable;
        return { id, name: 'Test', createdAt: 0, outbound: policy };
      },
    },
    usage: {
      addMinutes: async (orgId, day, count) => {
        minutes.set(`${orgId} ${day}`, (minutes.get(`${orgId} ${day}`) ?? 0) + count);
      },
      minutesOn: async (orgId, day) => minutes.get(`${orgId} ${day}`) ?? 0,
    },
    homeCountry: undefined,
    clock,
    logger: silentLogger,
  });
});

const refusedFor = (message: RegExp) => (error: unknown) =>
  error instanceof DialError && error.outcome === 'refused' && message.test(error.message);
const counted = () => [...minutes.values()].reduce((sum, count) => sum + count, 0);

describe('the gate of an org', () => {
  it('has so many legs at once, also when they ask together', async () => {
    policy = { concurrentCalls: 2 };
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => gate.admit(CLAIM, NUMBER)));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 2);
    await assert.rejects(gate.judge(CLAIM, NUMBER), refusedFor(/concurrentCalls/));
    const [first] = results;
    if (first?.status === 'fulfilled') {
      first.value.release();
      first.value.release();
    }
    await gate.admit(CLAIM, NUMBER);
    await assert.rejects(gate.admit(CLAIM, NUMBER), refusedFor(/concurrentCalls/));
    await gate.admit({ ...CLAIM, orgId: 'other' }, NUMBER);
    gate.close();
    assert.equal(clock.pendingCount, 0);
  });

  it('lets so many begin in a second, and says when the next may', async () => {
    policy = { callsPerSecond: 2 };
    await gate.admit(CLAIM, NUMBER);
    clock.advance(400);
    await gate.admit(CLAIM, NUMBER);
    await assert.rejects(gate.admit(CLAIM, NUMBER), (error) => {
      assert.ok(error instanceof DialPaceError);
      assert.equal(error.retryAfterMs, 600);
      return true;
    });
    clock.advance(600);
    await gate.admit(CLAIM, NUMBER);
    gate.close();
  });

  it('counts each begun minute when it begins, and stops at those of the day', async () => {
    policy = { dailyMinutes: 3 };
    const pass = await gate.admit(CLAIM, NUMBER);
    clock.advance(120_000);
    assert.equal(counted(), 0, 'ringing costs nothing');
    pass.answered();
    clock.advance(61_000);
    assert.equal(counted(), 2);
    pass.release();
    clock.advance(120_000);
    assert.equal(counted(), 2);
    await gate.admit(CLAIM, NUMBER);
    // The one that rings may take the last minute at any moment.
    await assert.rejects(gate.admit(CLAIM, NUMBER), refusedFor(/dailyMinutes/));
    clock.advance(86_400_000);
    await gate.admit(CLAIM, NUMBER);
    gate.close();
  });

  it('ends what is up within two seconds of the kill switch, and refuses the rest', async () => {
    const ended: string[] = [];
    const one = await gate.admit(CLAIM, NUMBER);
    one.onRevoked(() => ended.push('one'));
    const other = await gate.admit({ ...CLAIM, orgId: 'other' }, NUMBER);
    other.onRevoked(() => ended.push('other'));
    policy = { killSwitch: true };
    for (let passedMs = 0; passedMs < 2_000; passedMs += 500) {
      clock.advance(500);
      await turn();
    }
    assert.deepEqual([...new Set(ended)], ['one', 'other']);
    await assert.rejects(gate.admit(CLAIM, NUMBER), refusedFor(/killSwitch/));
    one.release();
    other.release();
    clock.advance(2_000);
    await turn();
    assert.equal(clock.pendingCount, 0, 'nothing is looked at where no leg is up');
  });

  it('keeps the legs that begin while it is looked for kills', async () => {
    policy = { concurrentCalls: 1 };
    await gate.admit(CLAIM, NUMBER);
    const other = { ...CLAIM, orgId: 'other' };
    const first = await gate.admit(other, NUMBER);
    const store = Promise.withResolvers<void>();
    readable = store.promise;
    clock.advance(1_000);
    await turn();
    first.release();
    readable = Promise.resolve();
    await gate.admit(other, NUMBER);
    store.resolve();
    await turn();
    await assert.rejects(gate.judge(other, NUMBER), refusedFor(/concurrentCalls/));
    gate.close();
  });

  it('judges where a leg is sent on to as where it was sent', async () => {
    const pass = await gate.admit(CLAIM, NUMBER);
    pass.judge('+14155550199');
    assert.throws(() => pass.judge('+88216123456'), refusedFor(/satellite/));
    gate.close();
  });
});
