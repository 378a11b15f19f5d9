import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameValue } from './same-value.ts';
import { Secret } from './secret.ts';

test('values are the same whatever the order of their keys, and with keys that hold nothing', () => {
  assert.ok(sameValue({ a: 1, b: [{ c: 'x' }] }, { b: [{ c: 'x', d: undefined }], a: 1 }));
  assert.ok(sameValue(undefined, undefined));
});

test('another value, length, kind or inherited key is a difference', () => {
  for (const [one, other] of [
    [{ a: 1 }, { a: 2 }],
    [[1, 2], [1]],
    [[], {}],
    [{ a: null }, {}],
    ['1', 1],
    [{}, { toString: 1 }],
    [JSON.parse('{"__proto__":1}'), {}],
  ])
    assert.ok(!sameValue(one, other), JSON.stringify([one, other]));
});

test('secrets are compared by what they hold', () => {
  assert.ok(sameValue({ key: new Secret('a') }, { key: new Secret('a') }));
  assert.ok(!sameValue({ key: new Secret('a') }, { key: new Secret('b') }));
  assert.ok(!sameValue({ key: new Secret('a') }, { key: '[secret]' }));
});
