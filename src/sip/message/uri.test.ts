import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatUri, parseHostPort, parseUri } from './uri.ts';

test('all parts of a SIP URI are read', () => {
  const uri = parseUri('SIPS:alice%20b:pa%24s@EXAMPLE.com:5061;Transport=TCP;lr?Subject=a%20b&to=c');
  assert.deepEqual(uri, {
    scheme: 'sips',
    user: 'alice b',
    password: 'pa$s',
    host: 'example.com',
    port: 5061,
    params: new Map([
      ['transport', 'TCP'],
      ['lr', ''],
    ]),
    headers: new Map([
      ['Subject', 'a b'],
      ['to', 'c'],
    ]),
  });
});

test('a tel URI gives its number without separators, and is written as it came', () => {
  const uri = parseUri('tel:+1-(202).555-0123;phone-context=x');
  assert.ok(uri);
  assert.equal(uri.user, '+12025550123');
  assert.equal(formatUri(uri), 'tel:+1-(202).555-0123;phone-context=x');
});

const MALFORMED = [
  '',
  'sip',
  'sip:',
  ':x',
  '1sip:a',
  'sip:@host',
  'sip:a@',
  'sip:a@b@c',
  'sip:a@b c',
  'sip:a b@c',
  'sip:a%zz@b',
  'sip:a%4@b',
  'sip:a%4 @b',
  'sip:a@b:',
  'sip:a@b:65536',
  'sip:a@b:-1',
  'sip:a@[::1',
  'sip:a@[::1]x',
  'sip:a@[fe80::1%eth0]',
  'sip:a@[1.2.3.4]',
  'sip:a@::1',
  'sip:a@b?',
  'sip:a@b?=x',
  'sip:a@b;x"=1',
  'sip:a\x7f@b',
  'mailto:a b',
  'mailto:',
];

for (const text of MALFORMED) {
  test(`${JSON.stringify(text)} is no URI`, () => assert.equal(parseUri(text), undefined));
}

const UNCHANGED = [
  'sip:example.com',
  'sip:a@example.com:5060',
  'sip:%00null@example.com',
  'sip:%FF%C3%BC@example.com',
  'sip:*67%23555@example.com',
  'sip:user;par=u%40example.net@example.com',
  'sip:a@[2001:db8::1]:5060;lr',
  'sip:a@b;x=a%3Bb?h=a%26b',
  'urn:service:sos',
];

for (const text of UNCHANGED) {
  test(`${text} is written as it was read`, () => {
    const uri = parseUri(text);
    assert.ok(uri);
    assert.equal(formatUri(uri), text);
  });
}

test('letters beyond ASCII are read bare and written escaped', () => {
  const uri = parseUri('sip:jürgen🙂@example.com');
  assert.ok(uri);
  assert.equal(uri.user, 'jürgen🙂');
  assert.equal(formatUri(uri), 'sip:j%C3%BCrgen%F0%9F%99%82@example.com');
});

test('the # of a dialled number is read bare and written escaped', () => {
  const uri = parseUri('sip:*67#555@example.com');
  assert.ok(uri);
  assert.equal(uri.user, '*67#555');
  assert.equal(formatUri(uri), 'sip:*67%23555@example.com');
});

test('host and port are told apart by brackets', () => {
  assert.deepEqual(parseHostPort('[::1]:5060'), { host: '::1', port: 5060 });
  assert.deepEqual(parseHostPort('A_b.example:1'), { host: 'a_b.example', port: 1 });
  assert.equal(parseHostPort('::1'), undefined);
});
