import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatNameAddress, parseNameAddress } from './name-address.ts';

test('the forms with and without brackets are read', () => {
  const quoted = parseNameAddress('"A \\"B\\" <x>, c" <sip:a@b;lr>;tag=1;x="y;z"');
  assert.equal(quoted?.displayName, 'A "B" <x>, c');
  assert.deepEqual(quoted.uri.params, new Map([['lr', '']]));
  assert.deepEqual(
    [...quoted.params],
    [
      ['tag', '1'],
      ['x', 'y;z'],
    ],
  );
  const bare = parseNameAddress('sip:a@b;tag=1');
  assert.equal(bare?.uri.params.size, 0);
  assert.equal(bare.params.get('tag'), '1');
  assert.equal(parseNameAddress('Bob Smith-Jones (work)<sip:a@b>')?.displayName, 'Bob Smith-Jones (work)');
});

test('an empty display name is none', () => {
  assert.equal(parseNameAddress('"" <sip:a@b>')?.displayName, undefined);
  assert.equal(parseNameAddress('<sip:a@b>')?.displayName, undefined);
});

const MALFORMED = [
  '',
  '*',
  '"a <sip:a@b>',
  '"a" sip:a@b',
  'a, b <sip:a@b>',
  '<sip:a@b',
  '< sip:a@b>',
  '<sip:a@b>;',
  '<sip:a@b>;;x',
  '<sip:a@b> x',
  '<sip:a@b>;x=',
  '<sip:a@b>;x="y',
  'sip:a@b?x=y',
  'sip:a@b,sip:c@d',
  '<sip:a@b>>',
];

for (const text of MALFORMED) {
  test(`${JSON.stringify(text)} is no address`, () => assert.equal(parseNameAddress(text), undefined));
}

test('what was read is written so that it reads the same', () => {
  const text = '"A \\\\ \\"B\\"" <sip:a@b;lr>;tag=1;x="y;z";flag';
  const address = parseNameAddress(text);
  assert.ok(address);
  assert.equal(formatNameAddress(address), text);
});
