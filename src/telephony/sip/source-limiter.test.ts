import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { SourceLimiter } from './source-limiter.ts';

test('a source may make its rate of calls a second and no more', () => {
  const clock = new FakeClock();
  const limiter = new SourceLimiter(10, clock);
  const allowed = Array.from({ length: 15 }, () => limiter.take('192.0.2.1')).filter(Boolean).length;
  assert.equal(allowed, 10);
  clock.advance(500);
  const later = Array.from({ length: 15 }, () => limiter.take('192.0.2.1')).filter(Boolean).length;
  assert.equal(later, 5);
});

test('one source does not use up another', () => {
  const limiter = new SourceLimiter(1, new FakeClock());
  assert.ok(limiter.take('192.0.2.1'));
  assert.ok(!limiter.take('192.0.2.1'));
  assert.ok(limiter.take('192.0.2.2'));
});

test('a flood of sources is remembered in bounded memory, the busy one longest', () => {
  const limiter = new SourceLimiter(1, new FakeClock());
  limiter.take('busy');
  for (let index = 0; index < 30_000; index += 1) {
    limiter.take(`source-${index}`);
    if (index % 1000 === 0) limiter.take('busy');
  }
  assert.ok(!limiter.take('busy'), 'the busy source is still over its limit');
});
