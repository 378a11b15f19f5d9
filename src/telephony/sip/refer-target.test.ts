import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TransferDestination, TransferPlan } from '../../domain/numbers/destination.ts';
import { referTarget } from './refer-target.ts';

const PLAN: TransferPlan = { mode: 'blind-transfer', sipHeadersInReferToEnabled: true };
const DESK = {
  type: 'sip',
  sipUri: 'sip:desk@pbx.example;transport=tcp',
  sipHeaders: { 'X-Ticket': '4 & 2' },
} as const satisfies TransferDestination;

test('headers of a destination stand on the REFER, or escaped in its Refer-To', () => {
  assert.deepEqual(referTarget(DESK, { 'X-Transfer-Summary': 'A refund.' }, 'pbx'), {
    referTo: '<sip:desk@pbx.example;transport=tcp>',
    headers: [
      { name: 'X-Ticket', value: '4 & 2' },
      { name: 'X-Transfer-Summary', value: 'A refund.' },
    ],
  });
  assert.deepEqual(referTarget({ ...DESK, transferPlan: PLAN }, {}, 'pbx'), {
    referTo: '<sip:desk@pbx.example;transport=tcp?X-Ticket=4%20%26%202>',
    headers: [],
  });
});

test('a number is called through the exchange that is asked', () => {
  const number = { type: 'number', number: '+14155550123', e164CheckEnabled: true } as const;
  assert.equal(referTarget(number, {}, 'pbx.example').referTo, '<sip:+14155550123@pbx.example>');
});

test('what cannot be written into a request is refused', () => {
  for (const destination of [
    { type: 'sip', sipUri: 'sip:a@b\r\nX-Evil: 1' },
    { type: 'sip', sipUri: 'tel:+1415' },
    { ...DESK, sipHeaders: { 'Refer-To\r\nX': '1' } },
    { ...DESK, sipHeaders: { 'X-Long': 'a'.repeat(1_020) }, transferPlan: PLAN },
  ] as const)
    assert.throws(() => referTarget(destination, {}, 'pbx'), { outcome: 'refused' });
});
