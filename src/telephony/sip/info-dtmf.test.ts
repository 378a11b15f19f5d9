import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInfoDtmf } from './info-dtmf.ts';

const CASES: [string, string, { digit: string; durationMs: number } | undefined][] = [
  ['application/dtmf-relay', 'Signal=5\r\nDuration=200\r\n', { digit: '5', durationMs: 200 }],
  ['application/dtmf-relay', 'Signal= #\nDuration= 100', { digit: '#', durationMs: 100 }],
  ['Application/DTMF-Relay; charset=utf-8', 'signal=a', { digit: 'A', durationMs: 160 }],
  ['application/dtmf', '*', { digit: '*', durationMs: 160 }],
  ['application/dtmf-relay', 'Duration=200', undefined],
  ['application/dtmf-relay', 'Signal=55', undefined],
  ['application/dtmf-relay', 'Signal=5\r\nDuration=99999', { digit: '5', durationMs: 6000 }],
  ['application/dtmf-relay', 'Signal=5\r\nDuration=-3', { digit: '5', durationMs: 160 }],
  ['text/plain', 'Signal=5', undefined],
];

for (const [contentType, body, expected] of CASES) {
  test(`INFO ${contentType} ${JSON.stringify(body)} is ${expected ? `key ${expected.digit}` : 'no key'}`, () => {
    assert.deepEqual(parseInfoDtmf(contentType, body), expected);
  });
}
