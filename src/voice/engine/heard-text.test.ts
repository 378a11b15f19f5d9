import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heardText } from './heard-text.ts';

const text = 'One two three four.';
const SECOND = 8000;

for (const [name, heardSamples, totalSamples, speed, expected] of [
  ['nothing sounded', 0, SECOND, 1, ''],
  ['all sounded', SECOND, SECOND, 1, text],
  ['half sounded: whole words only', SECOND / 2, SECOND, 1, 'One two'],
  ['the very first word was cut', SECOND / 10, SECOND, 1, ''],
  ['a word ended just there', (SECOND * 7) / 19, SECOND, 1, 'One two'],
  ['the length is not known: an assumed pace', SECOND, undefined, 1, 'One two three'],
  ['the length is not known and the voice is slow', SECOND, undefined, 0.5, 'One two'],
  ['the assumed pace never exceeds the text', 10 * SECOND, undefined, 1, text],
] as const) {
  test(`heard text: ${name}`, () => {
    const heard = heardText({ text, heardSamples, speed, ...(totalSamples ? { totalSamples } : {}) });
    assert.equal(heard, expected);
  });
}
