import assert from 'node:assert/strict';
import { test } from 'node:test';
import { padded } from './padded.ts';

test('a list is filled up with its last item to a power of two', () => {
  assert.deepEqual(padded([]), []);
  assert.deepEqual(padded([1]), [1]);
  assert.deepEqual(padded([1, 2]), [1, 2]);
  assert.deepEqual(padded([1, 2, 3]), [1, 2, 3, 3]);
  assert.deepEqual(padded([1, 2, 3, 4, 5]), [1, 2, 3, 4, 5, 5, 5, 5]);
});
