import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointHealth } from '../../domain/deliveries/delivery-repository.ts';
import {
  endpointHealth,
  FAILING_BEFORE_PAUSE_MS,
  FAILURES_BEFORE_PAUSE,
  FIRST_PAUSE_MS,
  LONGEST_PAUSE_MS,
} from './endpoint-health.ts';

const T0 = 1_700_000_000_000;
const fresh: EndpointHealth = { orgId: 'o', url: 'https://x.example/', consecutiveFailures: 0 };

function afterFailures(count: number, from: number, until: number, start = fresh): EndpointHealth {
  let health = start;
  for (let index = 0; index < count; index += 1) {
    const at = from + ((until - from) * index) / Math.max(1, count - 1);
    health = endpointHealth(health, { at, success: false, error: 'HTTP 500' });
  }
  return health;
}

test('an endpoint is paused after long failure, not after many failures at once nor few over long', () => {
  const end = T0 + FAILING_BEFORE_PAUSE_MS;
  assert.equal(afterFailures(500, T0, end - 1).pausedUntil, undefined);
  assert.equal(afterFailures(FAILURES_BEFORE_PAUSE - 1, T0, end).pausedUntil, undefined);
  const dead = afterFailures(FAILURES_BEFORE_PAUSE, T0, end);
  assert.equal(dead.pausedUntil, end + FIRST_PAUSE_MS);
  assert.equal(dead.lastError, 'HTTP 500');
});

test('each pause that follows a failed try is twice as long, up to the longest', () => {
  let health = afterFailures(FAILURES_BEFORE_PAUSE, T0, T0 + FAILING_BEFORE_PAUSE_MS);
  const pauses: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    const at = health.pausedUntil ?? 0;
    health = endpointHealth(health, { at, success: false });
    pauses.push((health.pausedUntil ?? 0) - at);
  }
  assert.deepEqual(
    pauses.map((pause) => pause / FIRST_PAUSE_MS),
    [2, 4, 8, 16, 24, 24],
  );
  assert.equal(pauses.at(-1), LONGEST_PAUSE_MS);
});

test('attempts that were under way when the pause began do not lengthen it', () => {
  const paused = afterFailures(FAILURES_BEFORE_PAUSE, T0, T0 + FAILING_BEFORE_PAUSE_MS);
  const after = afterFailures(10, T0 + FAILING_BEFORE_PAUSE_MS, T0 + FAILING_BEFORE_PAUSE_MS + 1, paused);
  assert.equal(after.pausedUntil, paused.pausedUntil);
  assert.equal(after.consecutiveFailures, FAILURES_BEFORE_PAUSE + 10);
});

test('a success clears everything', () => {
  const paused = afterFailures(FAILURES_BEFORE_PAUSE, T0, T0 + FAILING_BEFORE_PAUSE_MS);
  const at = T0 + 2 * FAILING_BEFORE_PAUSE_MS;
  const cured = endpointHealth(paused, { at, success: true });
  assert.deepEqual(cured, { ...fresh, lastSuccessAt: at });
});

test('successes in a row change the record once a minute', () => {
  const first = endpointHealth(fresh, { at: T0, success: true });
  assert.equal(endpointHealth(first, { at: T0 + 59_999, success: true }), first);
  assert.equal(endpointHealth(first, { at: T0 + 60_000, success: true }).lastSuccessAt, T0 + 60_000);
});

test('of a long error only the beginning is kept', () => {
  const health = endpointHealth(fresh, { at: T0, success: false, error: 'x'.repeat(10_000) });
  assert.equal(health.lastError?.length, 300);
});
