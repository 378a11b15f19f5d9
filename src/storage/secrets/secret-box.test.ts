import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { SecretBox, SecretUnreadableError } from './secret-box.ts';

const [key, otherKey] = [randomBytes(32), randomBytes(32)];
const PLACE = 'numbers/1/server/secret';

test('what is sealed opens again at its place, and each sealing differs', () => {
  const box = new SecretBox([key]);
  for (const text of ['', 'hush', 'ü'.repeat(5_000)])
    assert.equal(box.open(box.seal(text, PLACE), PLACE), text);
  assert.notEqual(box.seal('hush', PLACE), box.seal('hush', PLACE));
  assert.match(box.seal('hush', PLACE), /^v1:[0-9a-f]{8}:[\w-]{16}:[\w-]+$/);
});

test('an envelope does not open elsewhere, with another key, or changed', () => {
  const box = new SecretBox([key]);
  const envelope = box.seal('hush', PLACE);
  const changed = envelope.replace(/.(?=.$)/, (character) => (character === 'A' ? 'B' : 'A'));
  const forged = ['', 'v1', 'v1:::', `${envelope}:x`, `v2${envelope.slice(2)}`, envelope.slice(0, 40)];
  assert.throws(() => box.open(envelope, 'numbers/2/server/secret'), SecretUnreadableError);
  assert.throws(() => new SecretBox([otherKey]).open(envelope, PLACE), /another key/);
  assert.throws(() => box.open(changed, PLACE), SecretUnreadableError);
  for (const text of forged) assert.throws(() => box.open(text, PLACE), SecretUnreadableError, text);
});

test('an older key still opens while the first one seals', () => {
  const old = new SecretBox([key]).seal('hush', PLACE);
  const box = new SecretBox([otherKey, key]);
  assert.equal(box.open(old, PLACE), 'hush');
  assert.equal(new SecretBox([otherKey]).open(box.seal('new', PLACE), PLACE), 'new');
});

test('a key of another length is refused', () => {
  assert.throws(() => new SecretBox([randomBytes(16)]), RangeError);
});
