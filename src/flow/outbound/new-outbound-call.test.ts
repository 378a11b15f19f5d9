import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeAgent } from '../../../test/support/fake-voice.ts';
import type { OutboundOrder } from '../../domain/calls/outbound-order.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { Secret } from '../../lib/secret.ts';
import { newOutboundCall } from './new-outbound-call.ts';

const PROMPT = 'You know the diagnosis.';
const agent = fakeAgent({
  brain: {
    provider: 'fake',
    model: 'm',
    messages: [{ role: 'system', content: PROMPT }],
    tools: [],
    toolIds: [],
    settings: {},
  },
  vendorKeys: { openai: new Secret('hush') },
});
const confidential = { ...agent, extras: { vapi: { compliancePlan: { hipaaEnabled: true } } } };

const order: OutboundOrder = {
  orgId: 'o1',
  number: { id: 'n1' } as PhoneNumber,
  customer: { number: '+14155550123' },
  destination: { type: 'number', number: '+14155550123', e164CheckEnabled: true },
  agent: { kind: 'transient-agent', agent },
};
const facts = { id: 'c1', nodeId: 'node', monitorToken: 'token', now: 0 };

test('the record of an ordered call has its agent as it was, without the keys', () => {
  const call = newOutboundCall(order, 'queued', { ...facts, agent });
  assert.equal(call.agent?.brain?.messages[0]?.content, PROMPT);
  assert.equal(call.agent?.vendorKeys, undefined);
  assert.equal(call.hipaaCompliant, undefined);
});

for (const [whose, call] of [
  ['its order', newOutboundCall({ ...order, hipaaCompliant: true }, 'queued', { ...facts, agent })],
  ['its agent', newOutboundCall(order, 'scheduled', { ...facts, agent: confidential })],
] as const)
  test(`no prompt is kept of a call that ${whose} lets nothing be kept of, also before it is answered`, () => {
    assert.equal(call.hipaaCompliant, true);
    assert.deepEqual(call.agent?.brain?.messages, []);
    assert.equal(call.agent?.vendorKeys, undefined);
  });
