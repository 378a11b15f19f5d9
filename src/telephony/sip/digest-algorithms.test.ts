import assert from 'node:assert/strict';
import { test } from 'node:test';
import { algorithmsFor } from './digest-algorithms.ts';

test('a caller that chokes on SHA-256 is challenged by MD5 alone, any other by all that we speak', () => {
  assert.deepEqual(algorithmsFor('baresip v1.0.0 (x86_64/linux)'), ['MD5']);
  assert.equal(algorithmsFor('Asterisk PBX 22.1.0'), undefined);
  assert.equal(algorithmsFor(undefined), undefined);
});
