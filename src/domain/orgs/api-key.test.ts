import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUuid } from '../../lib/ids.ts';
import { createApiKey, hashApiKey, keyPrefix } from './api-key.ts';

test('a new key looks like a UUID, is told by its prefix and found by its hash', () => {
  const { key, hash, prefix } = createApiKey();
  assert.ok(isUuid(key));
  assert.equal(prefix, key.slice(0, 8));
  assert.equal(hash, hashApiKey(key));
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.notEqual(createApiKey().key, key);
});

test('the hash is SHA-256 in hex', () => {
  assert.equal(hashApiKey('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('the prefix of a short key gives little of it away', () => {
  assert.equal(keyPrefix('12345678'), '12');
  assert.equal(keyPrefix('abc'), '');
});
