import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomHex } from './random-hex.ts';

test('random texts have their length and are never given twice, over many fetches', () => {
  const texts = Array.from({ length: 5_000 }, () => randomHex(8));
  assert.ok(texts.every((text) => /^[0-9a-f]{16}$/.test(text)));
  assert.equal(new Set(texts).size, texts.length);
});
