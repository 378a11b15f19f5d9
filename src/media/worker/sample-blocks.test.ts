import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SampleBlocks } from './sample-blocks.ts';

const counting = (count: number) => Int16Array.from({ length: count }, (_, index) => index);
const valuesOf = (blocks: ReturnType<SampleBlocks['fill']>) =>
  blocks.flatMap(({ samples, length }) => [...samples.subarray(0, length)]);

test('holds samples of any number in their order', () => {
  const pool = new SampleBlocks();
  for (const count of [0, 1, 1599, 1600, 1601, 12_345])
    assert.deepEqual(valuesOf(pool.fill(counting(count), 0)), [...counting(count)]);
});

test('counts on from where its owner stands', () => {
  const starts = new SampleBlocks().fill(counting(3300), 500).map(({ start }) => start);
  assert.deepEqual(starts, [500, 2100, 3700]);
});

test('gives a released block to the next, and none of what was in it', () => {
  const pool = new SampleBlocks();
  const [first] = pool.fill(counting(1600), 0);
  assert.ok(first);
  pool.release(first);
  const again = pool.fill(new Int16Array([7]), 0);
  assert.equal(again[0], first);
  assert.deepEqual(valuesOf(again), [7]);
  assert.notEqual(pool.fill(counting(1), 0)[0], first);
});
