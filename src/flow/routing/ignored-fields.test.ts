import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Agent } from '../../domain/agents/agent.ts';
import { ignoredAgentFields, ignoredDestinationFields } from './ignored-fields.ts';

const AGENT: Agent = { id: 'a1', orgId: 'o1', extras: {}, createdAt: 0, updatedAt: 0 };

test('fields of an agent without effect yet are named, and only those that are set', () => {
  const agent: Agent = {
    ...AGENT,
    brain: {
      provider: 'openai',
      messages: [],
      tools: [
        { type: 'endCall', settings: { rejectionPlan: { conditions: [] } } },
        { type: 'transferCall', settings: {} },
        { type: 'sms', settings: {} },
      ],
      toolIds: [],
      settings: {},
    },
    dials: { noiseSuppression: true },
    partIds: { vectorDatabase: 'v1' },
    extras: {
      vapi: { backgroundSound: 'off', hooks: [], analysisPlan: { summaryPlan: {} } },
      fluents: { post_call_actions: [] },
      opencx: { flow: { id: 'n1' }, manual_mode: false, model: 'oppie-vox' },
    },
  };
  assert.deepEqual(
    ignoredAgentFields(agent).map(({ field }) => field),
    [
      'assistant.analysisPlan',
      'assistant.model.tools.endCall.rejectionPlan',
      'assistant.model.tools.sms',
      'phone.flow',
      'agent.noise_suppression',
      'agent.vector_database',
    ],
  );
});

test('of a transfer plan all but the plain dial and its time-out is named', () => {
  const destination = { type: 'sip' as const, sipUri: 'sip:desk@example.com' };
  assert.deepEqual(ignoredDestinationFields(destination), []);
  const plain = { mode: 'blind-transfer' as const, sipVerb: 'dial' as const, dialTimeoutSeconds: 20 };
  assert.deepEqual(ignoredDestinationFields({ ...destination, transferPlan: plain }), []);
  const warm = { mode: 'warm-transfer-say-message' as const, sipVerb: 'refer' as const, message: 'Hi' };
  assert.deepEqual(
    ignoredDestinationFields({
      ...destination,
      transferPlan: { ...warm, holdAudioUrl: 'https://a.example/b' },
    }).map(({ field }) => field.replace('destination.transferPlan.', '')),
    ['mode (warm-transfer-say-message)', 'sipVerb (refer)', 'message', 'holdAudioUrl'],
  );
});
