import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isE164Number, isRelaxedNumber } from './e164.ts';

describe('isE164Number', () => {
  it('takes numbers that their country gives out, in E.164 form only', () => {
    for (const text of ['+14155550123', '+442079460018', '+4930901820']) assert.ok(isE164Number(text), text);
    const refused = [
      '14155550123',
      '+1 4155550123',
      '+15555551234',
      '+0123456',
      '+1415555012',
      '+',
      '',
      `+1${'4'.repeat(50)}`,
    ];
    for (const text of refused) assert.equal(isE164Number(text), false, text);
  });
});

describe('isRelaxedNumber', () => {
  it('takes letters and digits with or without a plus', () => {
    for (const text of ['101', 'ext101', '+49abc']) assert.ok(isRelaxedNumber(text), text);
    for (const text of ['', '+', '1-2', 'a b', '++1', 'a\n'])
      assert.equal(isRelaxedNumber(text), false, text);
  });
});
