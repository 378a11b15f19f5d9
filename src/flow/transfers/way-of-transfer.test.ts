import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TransferPlan } from '../../domain/numbers/destination.ts';
import { verbFor } from './way-of-transfer.ts';

const SIP = { type: 'sip', sipUri: 'sip:desk@pbx.example' } as const;
const IN_CALL = { canRefer: true, isAnswered: true };
const RINGING = { canRefer: true, isAnswered: false };
const verb = (plan: TransferPlan | undefined, when: Parameters<typeof verbFor>[1]) =>
  verbFor(plan ? { ...SIP, transferPlan: plan } : SIP, when);

test('a blind transfer of an answered caller is left to his exchange, unless the plan says otherwise', () => {
  assert.equal(verb({ mode: 'blind-transfer' }, IN_CALL), 'refer');
  assert.equal(verb({ mode: 'blind-transfer', sipVerb: 'dial' }, IN_CALL), 'dial');
  assert.equal(verb({ mode: 'blind-transfer', sipVerb: 'bye' }, IN_CALL), 'bye');
  assert.equal(verb({ mode: 'blind-transfer-add-summary-to-sip-header' }, IN_CALL), 'refer');
});

test('a destination without a plan is dialled', () => {
  assert.equal(verb(undefined, IN_CALL), 'dial');
});

test('before the answer only an explicit refer refers', () => {
  assert.equal(verb({ mode: 'blind-transfer' }, RINGING), 'dial');
  assert.equal(verb({ mode: 'blind-transfer', sipVerb: 'refer' }, RINGING), 'refer');
});

test('a leg that cannot refer is dialled from, and a warm transfer always', () => {
  assert.equal(verb({ mode: 'blind-transfer' }, { canRefer: false, isAnswered: true }), 'dial');
  for (const sipVerb of ['refer', 'bye'] as const)
    assert.equal(verb({ mode: 'warm-transfer-say-message', sipVerb }, IN_CALL), 'dial');
});
