import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyLimiter } from './key-limiter.ts';

describe('the limit of keys on a line', () => {
  const admitted = (limiter: KeyLimiter, times: number[]) =>
    times.filter((nowMs) => limiter.admits(nowMs)).length;

  it('lets a burst pass, then twenty a second', () => {
    const limiter = new KeyLimiter();
    assert.equal(admitted(limiter, Array(100).fill(5_000)), 32);
    const everyMs = Array.from({ length: 1_000 }, (_, index) => 5_001 + index);
    assert.equal(admitted(limiter, everyMs), 20);
  });

  it('lets a hand press on for ever, and is full again after a rest', () => {
    const limiter = new KeyLimiter();
    assert.equal(
      admitted(
        limiter,
        Array.from({ length: 500 }, (_, index) => index * 100),
      ),
      500,
    );
    assert.equal(admitted(limiter, Array(100).fill(60_000)), 32);
  });
});
