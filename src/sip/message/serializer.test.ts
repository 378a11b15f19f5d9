import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { HeaderLine, SipMessage, SipRequest, SipResponse } from './message.ts';
import { parseMessage } from './parser.ts';
import { createRequest } from './request.ts';
import { createResponse } from './response.ts';
import { serialize } from './serializer.ts';
import { formatUri, parseUri } from './uri.ts';

const TOKEN_CHARACTERS = "abcXYZ019-.!%*_+`'~".split('');
const token = fc.string({ unit: fc.constantFrom(...TOKEN_CHARACTERS), minLength: 1, maxLength: 12 });
/** Text without controls that neither begins nor ends with white space, as a value is after it was read. */
const value = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .map((text) => text.replace(/[\x00-\x1f\x7f]/g, '').replace(/^[ \t]+|[ \t]+$/g, ''));
const user = fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }).filter((text) => text.isWellFormed());

const uri = fc
  .record({
    user,
    host: fc.constantFrom('example.com', '192.0.2.1', '2001:db8::1'),
    port: fc.option(fc.integer({ min: 0, max: 65_535 }), { nil: undefined }),
    params: fc.uniqueArray(
      fc.tuple(
        token.map((name) => name.toLowerCase()),
        user,
      ),
      { selector: ([name]) => name, maxLength: 3 },
    ),
  })
  .map(({ user: name, host, port, params }) =>
    formatUri({
      scheme: 'sip',
      user: name,
      host,
      ...(port !== undefined && { port }),
      params: new Map(params),
      headers: new Map(),
    }),
  );

const extensions = fc.array(
  fc.record({ name: token.map((name) => `X-${name}`), value }, { noNullPrototype: true }),
  { maxLength: 8 },
);

const request = fc
  .record({
    method: token.filter((name) => name !== 'ACK'),
    uri,
    seq: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    extensions,
    body: fc.uint8Array({ maxLength: 300 }),
  })
  .map(({ method, uri: target, seq, extensions: more, body }): SipRequest => {
    const via = { name: 'Via', value: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1' };
    const options = { from: `<${target}>;tag=1`, to: `<${target}>`, callId: 'a@b', seq, body };
    return createRequest(method, target, { ...options, headers: [via, ...more] });
  });

const response = fc
  .record({
    request,
    status: fc.integer({ min: 100, max: 699 }),
    reason: value,
    body: fc.uint8Array({ maxLength: 300 }),
  })
  .map(({ request: to, status, reason, body }): SipResponse => createResponse(to, status, { reason, body }));

function meaning({ headers, body, ...line }: SipMessage): object {
  return {
    ...line,
    headers: headers.filter(({ name }: HeaderLine) => name !== 'Content-Length'),
    body: Buffer.from(body),
  };
}

test('a message that was written reads as it was', () => {
  fc.assert(
    fc.property(fc.oneof(request, response), (message) => {
      const result = parseMessage(serialize(message));
      assert.ok(result.ok, result.ok ? undefined : result.reason);
      assert.deepEqual(meaning(result.message), meaning(message));
    }),
    { seed: 3261, numRuns: 500 },
  );
});

test('Content-Length counts bytes, and one that the headers have is left out', () => {
  const message = createRequest('INFO', 'sip:a@b', {
    from: 'sip:a@b',
    to: 'sip:a@b',
    callId: 'x',
    seq: 1,
    headers: [{ name: 'content-length', value: '999' }],
    body: Buffer.from('grüße'),
  });
  const text = serialize(message).toString('utf8');
  assert.deepEqual(text.match(/Content-Length: .*/gi), ['Content-Length: 7']);
  assert.ok(text.endsWith('\r\n\r\ngrüße'));
});

test('no value, name, method, URI or reason can break its line', () => {
  const base = createRequest('INFO', 'sip:a@b', { from: 'sip:a@b', to: 'sip:a@b', callId: 'x', seq: 1 });
  const reply: SipResponse = {
    kind: 'response',
    status: 200,
    reason: 'OK',
    headers: [],
    body: new Uint8Array(0),
  };
  for (const breaker of ['\r', '\n', '\0', '\r\nVia: x']) {
    const bad: SipMessage[] = [
      { ...base, headers: [{ name: 'X-A', value: `a${breaker}b` }] },
      { ...base, headers: [{ name: `X${breaker}`, value: 'a' }] },
      { ...base, method: `INFO${breaker}` },
      { ...base, rawUri: `sip:a${breaker}@b` },
      { ...reply, reason: `OK${breaker}` },
    ];
    for (const message of bad) assert.throws(() => serialize(message), TypeError);
  }
  assert.throws(() => serialize({ ...base, rawUri: 'sip:a@b SIP/2.0' }), TypeError);
  assert.throws(() => serialize({ ...reply, status: 99 }), TypeError);
});

test('a URI reads as it was written', () => {
  fc.assert(
    fc.property(uri, (text) => {
      const parsed = parseUri(text);
      assert.ok(parsed, text);
      assert.equal(formatUri(parsed), text);
    }),
    { seed: 3261, numRuns: 500 },
  );
});
