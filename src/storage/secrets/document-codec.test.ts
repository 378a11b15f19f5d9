import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExchangeError } from '../../domain/errors.ts';
import { Secret } from '../../lib/secret.ts';
import { DocumentCodec } from './document-codec.ts';
import { SecretBox, SecretUnreadableError } from './secret-box.ts';

const codec = new DocumentCodec(new SecretBox([randomBytes(32)]));

test('any JSON comes back as it was', () => {
  const key = fc.oneof(fc.string(), fc.constantFrom('$secret', '$$secret', '$', '__proto__', 'toJSON'));
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue(),
      fc.array(tie('tree')),
      fc.array(fc.tuple(key, tie('tree'))).map(Object.fromEntries),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      const plain: unknown = JSON.parse(JSON.stringify({ value }));
      assert.equal(
        JSON.stringify(codec.decode(codec.encode(plain as object, 'p'), 'p')),
        JSON.stringify(plain),
      );
    }),
    { numRuns: 300 },
  );
});

test('secrets at any depth are sealed in the text and are secrets again after', () => {
  const text = codec.encode({ a: [{ b: new Secret('one') }, new Secret('two')], c: undefined }, 'agents/1');
  assert.doesNotMatch(text, /one|two/);
  const value = codec.decode<{ a: [{ b: Secret }, Secret] }>(text, 'agents/1');
  assert.deepEqual([value.a[0].b.reveal(), value.a[1].reveal()], ['one', 'two']);
  assert.deepEqual(Object.keys(value), ['a']);
});

test('a document copied into another row, or a secret moved within it, does not open', () => {
  const text = codec.encode({ a: new Secret('one'), b: 1 }, 'agents/1');
  assert.throws(() => codec.decode(text, 'agents/2'), SecretUnreadableError);
  assert.throws(() => codec.decode(text.replace('"a"', '"z"'), 'agents/1'), SecretUnreadableError);
});

test('nesting has a limit', () => {
  const nested = (levels: number): object => {
    let value = {};
    for (let level = 1; level < levels; level += 1) value = { value };
    return value;
  };
  assert.deepEqual(codec.decode(codec.encode(nested(100), 'p'), 'p'), nested(100));
  assert.throws(
    () => codec.encode(nested(101), 'p'),
    (error) => error instanceof ExchangeError && error.code === 'request-invalid',
  );
});
