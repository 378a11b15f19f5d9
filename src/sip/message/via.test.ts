import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerValues, replaceTopVia, topVia } from './headers.ts';
import { formatVia, parseVia } from './via.ts';

test('white space may stand around slashes, the colon and parameters', () => {
  assert.deepEqual(parseVia('SIP / 2.0 / udp  host.example : 5062 ; branch = z9hG4bKa ; rport;ttl=1'), {
    protocol: 'SIP/2.0',
    transport: 'UDP',
    host: 'host.example',
    port: 5062,
    branch: 'z9hG4bKa',
    rport: true,
    params: new Map([['ttl', '1']]),
  });
});

test('received and rport are read as values', () => {
  const via = parseVia('SIP/2.0/TLS [2001:db8::1]:5061;received=[2001:db8::2];rport=5070');
  assert.equal(via?.host, '2001:db8::1');
  assert.equal(via.received, '2001:db8::2');
  assert.equal(via.rport, 5070);
});

const MALFORMED = [
  '',
  'SIP/2.0/UDP',
  'SIP/2.0 host',
  'SIP/2.0/UDP host:x',
  'SIP/2.0/UDP host:1:2',
  'SIP/2.0/UDP host:1 :2',
  'SIP/2.0/UDP ::1',
  'SIP/2.0/UDP host;rport=x',
  'SIP/2.0/UDP host;received=evil.example',
  'SIP/2.0/UDP host other',
  'SIP/2.0/UDP host;branch=',
];

for (const text of MALFORMED) {
  test(`${JSON.stringify(text)} is no Via`, () => assert.equal(parseVia(text), undefined));
}

test('what was read is written so that it reads the same', () => {
  const text = 'SIP/2.0/TCP [::1]:5060;branch=z9hG4bKa;rport=1;received=::2;x="a b"';
  const via = parseVia(text);
  assert.ok(via);
  assert.equal(formatVia(via), text);
});

test('only the topmost Via is replaced', () => {
  const message = {
    headers: [
      { name: 'Via', value: 'SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b;branch=2' },
      { name: 'Via', value: 'SIP/2.0/UDP c;branch=3' },
    ],
  };
  assert.equal(topVia(message)?.branch, '1');
  replaceTopVia(message, 'SIP/2.0/UDP new;branch=1');
  assert.deepEqual(headerValues(message, 'Via'), [
    'SIP/2.0/UDP new;branch=1',
    'SIP/2.0/UDP b;branch=2',
    'SIP/2.0/UDP c;branch=3',
  ]);
});
