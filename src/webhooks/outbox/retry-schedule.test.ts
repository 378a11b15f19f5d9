import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackoffPlan } from '../../domain/server.ts';
import {
  type AttemptResult,
  DURABLE_DELAYS_MS,
  MAX_RETRY_AFTER_MS,
  nextStep,
  retryAfterMsOf,
} from './retry-schedule.ts';

/** All waits from the first failure until it is given up. */
function delays(
  result: AttemptResult,
  backoffPlan: Partial<BackoffPlan>,
  durable = false,
  random = 0,
): number[] {
  const waits: number[] = [];
  for (let failures = 1; failures < 50; failures += 1) {
    const step = nextStep(result, { backoffPlan }, { failures, durable, random });
    if (step.kind !== 'retry') return waits;
    waits.push(step.delayMs);
  }
  throw new Error('it never ends');
}

test('any 2xx is the end, and nothing else is', () => {
  const kinds = [200, 202, 204, 299, 199, 300, 304, 400, 500].map(
    (status) => nextStep({ status }, {}, { failures: 1, durable: false, random: 0 }).kind,
  );
  assert.deepEqual(kinds, ['done', 'done', 'done', 'done', 'dead', 'dead', 'dead', 'dead', 'dead']);
});

test('without a backoffPlan a failed delivery is dead at once', () => {
  assert.deepEqual(delays({ status: 500 }, {}), []);
  assert.deepEqual(delays({}, { maxRetries: 0, baseDelaySeconds: 1 }), []);
});

test('the backoffPlan is followed: fixed, exponential, fractions of a second', () => {
  assert.deepEqual(delays({}, { type: 'fixed', maxRetries: 3, baseDelaySeconds: 2 }), [2000, 2000, 2000]);
  assert.deepEqual(
    delays({ status: 503 }, { type: 'exponential', maxRetries: 4, baseDelaySeconds: 0.5 }),
    [500, 1000, 2000, 4000],
  );
  assert.deepEqual(delays({}, { maxRetries: 1.9 }), [0]);
});

test('durable retries come after the plan and only where they are wanted', () => {
  assert.deepEqual(delays({}, {}, true), DURABLE_DELAYS_MS);
  const plan = { type: 'fixed', maxRetries: 1, baseDelaySeconds: 3 } as const;
  assert.deepEqual(delays({ status: 500 }, plan, true), [3000, ...DURABLE_DELAYS_MS]);
  const total = DURABLE_DELAYS_MS.reduce((sum, delay) => sum + delay, 0);
  assert.equal(Math.round(total / 360_000) / 10, 27.6);
});

test('jitter stretches a durable wait by at most a fifth and never shortens it', () => {
  assert.equal(delays({}, {}, true, 1)[0], 6_000);
  assert.equal(delays({}, {}, true, 0.5)[0], 5_500);
});

test('excluded statuses and 410 are not tried again, whatever the plan and the org say', () => {
  const plan = {
    type: 'fixed',
    maxRetries: 5,
    baseDelaySeconds: 1,
    excludedStatusCodes: [401, 404],
  } as const;
  const excluding = { ...plan, excludedStatusCodes: [...plan.excludedStatusCodes] };
  assert.deepEqual(delays({ status: 404 }, excluding, true), []);
  assert.deepEqual(delays({ status: 410 }, excluding, true), []);
  assert.equal(delays({ status: 403 }, excluding).length, 5);
});

test('Retry-After lengthens a wait up to an hour, never shortens it, and grants no further try', () => {
  const plan = { type: 'fixed', maxRetries: 1, baseDelaySeconds: 10 } as const;
  assert.deepEqual(delays({ status: 429, retryAfterMs: 60_000 }, plan), [60_000]);
  assert.deepEqual(delays({ status: 429, retryAfterMs: 1_000 }, plan), [10_000]);
  assert.deepEqual(delays({ status: 429, retryAfterMs: 9e12 }, plan), [MAX_RETRY_AFTER_MS]);
  assert.deepEqual(delays({ status: 429, retryAfterMs: 60_000 }, {}), []);
});

test('Retry-After is read as seconds or as an HTTP date; anything else counts as none', () => {
  const now = Date.parse('2026-01-05T10:00:00Z');
  assert.equal(retryAfterMsOf('120', now), 120_000);
  assert.equal(retryAfterMsOf('Mon, 05 Jan 2026 10:00:30 GMT', now), 30_000);
  assert.equal(retryAfterMsOf('Mon, 05 Jan 2026 09:00:00 GMT', now), 0);
  for (const value of [undefined, '', '-1', '1.5', 'soon', '1e3', '2026-01-05T10:00:30Z', 'Mon, nonsense'])
    assert.equal(retryAfterMsOf(value, now), undefined, value);
});
