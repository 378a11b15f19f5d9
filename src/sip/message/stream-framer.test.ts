import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_MESSAGE_BYTES } from './limits.ts';
import { parseMessage } from './parser.ts';
import { StreamFramer } from './stream-framer.ts';

function message(method: string, body: string, contentLength = `Content-Length: ${body.length}\r\n`): Buffer {
  return Buffer.from(
    `${method} sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n` +
      `To: <sip:b@b>\r\nCall-ID: x\r\nCSeq: 1 ${method}\r\n${contentLength}\r\n${body}`,
  );
}

/** What the framer makes of these chunks: methods and bodies of messages, and the other events. */
function frame(...chunks: Uint8Array[]): string[] {
  const framer = new StreamFramer();
  const events: string[] = [];
  for (const chunk of chunks) {
    for (const event of framer.push(chunk)) {
      if (event.kind === 'ping') events.push('ping');
      else if (event.kind === 'error') events.push(event.reason);
      else {
        const result = parseMessage(event.bytes);
        assert.ok(result.ok && result.message.kind === 'request');
        events.push(`${result.message.method} ${Buffer.from(result.message.body).toString()}`);
      }
    }
  }
  return events;
}

const FIRST = message('INFO', 'one\r\n\r\ntwo');
const SECOND = message('OPTIONS', '');
const STREAM = Buffer.concat([FIRST, SECOND, FIRST]);
const EXPECTED = ['INFO one\r\n\r\ntwo', 'OPTIONS ', 'INFO one\r\n\r\ntwo'];

test('several messages in one segment come out one by one', () => {
  assert.deepEqual(frame(STREAM), EXPECTED);
});

test('a stream may be cut at each of its bytes, and into single ones', () => {
  for (let cut = 1; cut < STREAM.length; cut += 1)
    assert.deepEqual(frame(STREAM.subarray(0, cut), STREAM.subarray(cut)), EXPECTED, `cut at ${cut}`);
  assert.deepEqual(frame(...Array.from(STREAM, (byte) => Uint8Array.of(byte))), EXPECTED);
});

test('double line ends between messages are pings, single ones are not', () => {
  const crlf = Buffer.from('\r\n');
  assert.deepEqual(frame(crlf, crlf), ['ping']);
  assert.deepEqual(frame(crlf, SECOND, crlf), ['OPTIONS ']);
  assert.deepEqual(frame(Buffer.concat([SECOND, crlf, crlf, SECOND])), ['OPTIONS ', 'ping', 'OPTIONS ']);
  assert.deepEqual(frame(Buffer.from('\r'), Buffer.from('\n\r'), Buffer.from('\n')), ['ping']);
});

test('a message is not the same memory as the chunk that it came in', () => {
  const chunk = Buffer.from(SECOND);
  const [event] = [...new StreamFramer().push(chunk)];
  chunk.fill(0);
  assert.ok(event?.kind === 'message');
  assert.deepEqual(Buffer.from(event.bytes), SECOND);
});

test('it tells whether a message has begun', () => {
  const framer = new StreamFramer();
  assert.equal(framer.isMidMessage, false);
  assert.equal([...framer.push(SECOND.subarray(0, 9))].length, 0);
  assert.equal(framer.isMidMessage, true);
  assert.equal([...framer.push(SECOND.subarray(9))].length, 1);
  assert.equal(framer.isMidMessage, false);
});

test('a length that is missing, no number, double or too large ends the stream', () => {
  assert.deepEqual(frame(message('OPTIONS', '', '')), ['missing Content-Length']);
  assert.deepEqual(frame(message('OPTIONS', '', 'l: -1\r\n')), ['Malformed Content-Length']);
  assert.deepEqual(frame(message('OPTIONS', '', 'l: 0\r\nContent-Length: 0\r\n')), [
    'Multiple Content-Length Headers',
  ]);
  assert.deepEqual(frame(message('OPTIONS', '', `l: ${MAX_MESSAGE_BYTES}\r\n`)), ['message too large']);
  assert.deepEqual(frame(Buffer.concat([message('OPTIONS', '', ''), SECOND])), ['missing Content-Length']);
});

test('who sends too long a message can be told so: its head comes with the error', () => {
  const [event] = [...new StreamFramer().push(message('OPTIONS', '', `l: ${MAX_MESSAGE_BYTES}\r\n`))];
  assert.ok(event?.kind === 'error' && event.head);
  const refused = parseMessage(event.head);
  assert.ok(!refused.ok);
  assert.equal(refused.status, 400);
});

test('a head that does not end is cut off at the limit, however it comes', () => {
  const endless = Buffer.alloc(MAX_MESSAGE_BYTES + 1, 'a');
  assert.deepEqual(frame(endless), ['header section too large']);
  const pieces = Array.from({ length: 140 }, () => Buffer.alloc(500, 'a'));
  assert.deepEqual(frame(...pieces), ['header section too large']);
});

test('a message of the largest size passes', () => {
  const head = message('INFO', '', 'Content-Length: 00000\r\n').length;
  const size = MAX_MESSAGE_BYTES - head;
  const largest = message('INFO', 'x'.repeat(size), `Content-Length: ${String(size).padStart(5, '0')}\r\n`);
  assert.equal(largest.length, MAX_MESSAGE_BYTES);
  assert.deepEqual(frame(largest.subarray(0, 40_000), largest.subarray(40_000)), [
    `INFO ${'x'.repeat(size)}`,
  ]);
});
