import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedMap } from './bounded-map.ts';

function filled() {
  const map = new BoundedMap<string, number>(3);
  return map.set('a', 1).set('b', 2).set('c', 3);
}

test('a full map forgets what was set longest ago', () => {
  assert.deepEqual(
    [...filled().set('d', 4).set('e', 5)],
    [
      ['c', 3],
      ['d', 4],
      ['e', 5],
    ],
  );
});

test('what is set again is the newest, and pushes nothing out', () => {
  const map = filled().set('a', 10);
  assert.deepEqual([...map.keys()], ['b', 'c', 'a']);
  assert.deepEqual([...map.set('d', 4).keys()], ['c', 'a', 'd']);
  assert.equal(map.get('a'), 10);
});

test('what is read grows no younger', () => {
  const map = filled();
  assert.equal(map.get('a'), 1);
  assert.deepEqual([...map.set('d', 4).keys()], ['b', 'c', 'd']);
});

test('what is deleted leaves its place to another', () => {
  const map = filled();
  map.delete('b');
  assert.deepEqual([...map.set('d', 4).keys()], ['a', 'c', 'd']);
});
