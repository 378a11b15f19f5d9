import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import { guardedClock } from './guarded-clock.ts';

it('a timer that throws is logged whole, as an error, and those after it go on', () => {
  const logged: unknown[] = [];
  const logger: Logger = { ...silentLogger, error: (fields: object) => logged.push(fields) };
  const clock = new FakeClock();
  const guarded = guardedClock(clock, logger);
  const failure = new Error('a fault of ours');
  let isNextRun = false;
  guarded.setTimeout(() => {
    throw failure;
  }, 1);
  guarded.setTimeout(() => {
    isNextRun = true;
  }, 2);
  clock.advance(2);
  assert.deepEqual(logged, [{ err: failure }]);
  assert.equal(isNextRun, true);
});
