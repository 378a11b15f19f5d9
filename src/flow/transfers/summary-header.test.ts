import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summaryHeaderValue } from './summary-header.ts';

test('a summary in a header is one line', () => {
  assert.equal(summaryHeaderValue('Wants\r\nX-Evil: 1\u2028a  refund.\n'), 'Wants X-Evil: 1 a refund.');
});

test('a long summary is cut at a word, in octets', () => {
  const value = summaryHeaderValue('über '.repeat(300));
  assert.ok(Buffer.byteLength(value) <= 600);
  assert.match(value, /über\.\.\.$/);
});

test('one word without end is left out', () => {
  assert.equal(summaryHeaderValue('a'.repeat(2000)), '...');
});
