import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerAll, headerValue, topVia } from './headers.ts';
import { MAX_HEADER_LINE_BYTES, MAX_HEADER_LINES, MAX_VIA_COUNT } from './limits.ts';
import type { SipRequest } from './message.ts';
import { type ParseResult, parseMessage } from './parser.ts';

const HEADERS = [
  'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
  'From: <sip:a@example.com>;tag=1',
  'To: <sip:b@example.com>',
  'Call-ID: x@example.com',
  'CSeq: 1 OPTIONS',
];

function parse(lines: string[], body = '', start = 'OPTIONS sip:b@example.com SIP/2.0'): ParseResult {
  return parseMessage(Buffer.from(`${[start, ...lines].join('\r\n')}\r\n\r\n${body}`, 'utf8'));
}

function accepted(result: ParseResult): SipRequest {
  assert.ok(result.ok, result.ok ? undefined : result.reason);
  assert.equal(result.message.kind, 'request');
  return result.message as SipRequest;
}

function refused(result: ParseResult, status: number): SipRequest {
  assert.ok(!result.ok && result.status !== undefined, 'answered');
  assert.equal(result.status, status, result.reason);
  return result.partial;
}

function dropped(result: ParseResult): void {
  assert.ok(!result.ok && result.status === undefined && result.partial === undefined, 'dropped');
}

test('names become long and canonical, whatever their case; unknown ones stay as they came', () => {
  const request = accepted(parse([...HEADERS, 'k: timer', 'CONTENT-type : text/plain', 'x-FOO: 1']));
  assert.deepEqual(
    request.headers.slice(5).map(({ name }) => name),
    ['Supported', 'Content-Type', 'x-FOO'],
  );
  assert.equal(headerValue(request, 'X-Foo'), '1');
  assert.equal(headerValue(request, 'c'), 'text/plain');
});

test('folded lines are joined by one space', () => {
  const request = accepted(
    parse([...HEADERS, 'Subject: one  ', ' \t two', '\tthree', 'Organization:', '  four']),
  );
  assert.equal(headerValue(request, 'Subject'), 'one two three');
  assert.equal(headerValue(request, 'Organization'), 'four');
});

test('a header of several lines keeps them all, in order', () => {
  const request = accepted(parse([...HEADERS, 'Allow: INVITE, ACK', 'Allow: BYE']));
  assert.deepEqual(headerAll(request, 'Allow'), ['INVITE, ACK', 'BYE']);
});

test('UTF-8 is read as such, and a byte order mark in a value is kept', () => {
  const request = accepted(parse([...HEADERS, 'Subject: \ufeffgrüße 🙂']));
  assert.equal(headerValue(request, 'Subject'), '\ufeffgrüße 🙂');
});

test('line ends before the message and lines that end with LF alone are tolerated', () => {
  const text = `\r\n\r\nOPTIONS sip:b@example.com SIP/2.0\n${HEADERS.join('\n')}\n\nhi`;
  assert.equal(Buffer.from(accepted(parseMessage(Buffer.from(text))).body).toString(), 'hi');
});

test('the body is as long as Content-Length says, or all that is left', () => {
  const bodyOf = (...more: string[]) =>
    Buffer.from(accepted(parse([...HEADERS, ...more], 'abcdef')).body).toString();
  assert.equal(bodyOf(), 'abcdef');
  assert.equal(bodyOf('l: 3'), 'abc');
  assert.equal(bodyOf('Content-Length: 0'), '');
});

test('a Content-Length beyond the datagram, twice, or no number is a 400', () => {
  refused(parse([...HEADERS, 'Content-Length: 7'], 'abcdef'), 400);
  refused(parse([...HEADERS, 'Content-Length: 6', 'l: 6'], 'abcdef'), 400);
  refused(parse([...HEADERS, 'Content-Length: +6'], 'abcdef'), 400);
  refused(parse([...HEADERS, 'Content-Length:'], 'abcdef'), 400);
});

test('a NUL or bare CR in a header never reaches a value', () => {
  const request = accepted(parse([...HEADERS, 'Subject: a\0b\rVia: c']));
  assert.equal(headerValue(request, 'Subject'), 'a\x1ab\x1aVia: c');
  refused(parse(HEADERS.with(3, 'Call-ID: a\0b')), 400);
});

test('a line that is no header is a 400, and what can be read is kept for the answer', () => {
  const partial = refused(parse(['no colon here', ...HEADERS]), 400);
  assert.equal(topVia(partial)?.branch, 'z9hG4bK1');
  assert.equal(headerValue(partial, 'Call-ID'), 'x@example.com');
  refused(parse([...HEADERS, 'na me: x']), 400);
  refused(parse([' folded at the start', ...HEADERS]), 400);
});

test('each mandatory header must be there once', () => {
  for (const [index, line] of HEADERS.entries()) {
    const without = parse(HEADERS.toSpliced(index, 1));
    if (line.startsWith('Via')) dropped(without);
    else refused(without, 400);
    if (!line.startsWith('Via')) refused(parse([...HEADERS, line]), 400);
  }
});

test('an ACK is never answered, and neither is a response', () => {
  dropped(parse(HEADERS.with(4, 'CSeq: 1 INVITE'), '', 'ACK sip:b@example.com SIP/2.0'));
  dropped(parse(HEADERS.with(4, 'CSeq: x'), '', 'SIP/2.0 200 OK'));
  dropped(parse([...HEADERS, 'Content-Length: 9'], '', 'SIP/2.0 200 OK'));
});

test('what is no SIP is dropped', () => {
  for (const text of [
    '',
    '\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'OPTIONS\r\n\r\n',
    'SIP/2.0\r\n\r\n',
    'SIP/2.0 99 x\r\n\r\n',
  ])
    dropped(parseMessage(Buffer.from(text)));
});

test('another version of SIP is a 505, another scheme a 416', () => {
  refused(parse(HEADERS, '', 'OPTIONS sip:b@example.com SIP/3.0'), 505);
  refused(parse(HEADERS, '', 'OPTIONS mailto:b@example.com SIP/2.0'), 416);
  accepted(parse(HEADERS, '', 'OPTIONS tel:+12025550123 SIP/2.0'));
});

test('a head without an end is a 400', () => {
  refused(parseMessage(Buffer.from(`OPTIONS sip:b@example.com SIP/2.0\r\n${HEADERS.join('\r\n')}\r\n`)), 400);
});

test('the limits of lines, their length and of Via hold, and one below each passes', () => {
  const fill = (count: number) => Array.from({ length: count }, () => 'X-A: 1');
  accepted(parse([...HEADERS, ...fill(MAX_HEADER_LINES - HEADERS.length)]));
  refused(parse([...HEADERS, ...fill(MAX_HEADER_LINES - HEADERS.length + 1)]), 513);
  const subject = (bytes: number) => `Subject: ${'a'.repeat(bytes - 'Subject: '.length)}`;
  accepted(parse([...HEADERS, subject(MAX_HEADER_LINE_BYTES)]));
  refused(parse([...HEADERS, subject(MAX_HEADER_LINE_BYTES + 1)]), 513);
  const folds = Array.from({ length: 9 }, () => ` ${'a'.repeat(1_000)}`);
  refused(parse([...HEADERS, 'Subject:', ...folds]), 513);
  const vias = (count: number) => `Via: ${Array.from({ length: count }, () => 'SIP/2.0/UDP a').join(',')}`;
  accepted(parse([...HEADERS, vias(MAX_VIA_COUNT - 1)]));
  refused(parse([...HEADERS, vias(MAX_VIA_COUNT)]), 400);
});

test('Max-Forwards, routes and contacts must be readable where they stand', () => {
  refused(parse([...HEADERS, 'Max-Forwards: 256']), 400);
  refused(parse([...HEADERS, 'Route: sip:proxy.example.com']), 400);
  refused(parse([...HEADERS, 'Record-Route: <mailto:x>']), 400);
  refused(parse([...HEADERS, 'Contact: <sip:a@b>, <sip:>']), 400);
  refused(parse([...HEADERS, 'Contact: *']), 400);
  accepted(parse([...HEADERS, 'Contact: "a, b" <sip:a,c@b>, sip:d@e;q=0.5']));
});
