import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Agent } from '../../domain/agents/agent.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { Org } from '../../domain/orgs/org.ts';
import { Secret } from '../../lib/secret.ts';
import {
  ignoredAccountFields,
  ignoredAgentFields,
  ignoredCarrierFields,
  ignoredTrunkFields,
  ignoredVoicemailFields,
} from './ignored-fields.ts';

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
      'phone.model',
      'agent.noise_suppression',
      'agent.vector_database',
    ],
  );
});

test('what Fluents takes without a meaning is named, and not where it means what is done anyhow', () => {
  const named = (fields: Partial<Agent>) =>
    ignoredAgentFields({ ...AGENT, ...fields }).map(({ field }) => field);
  const voice = (isStreamed: boolean) => ({
    provider: '11labs',
    settings: { experimentalInputStreaming: isStreamed },
  });
  assert.deepEqual(named({ voice: voice(false) }), ['assistant.voice.experimentalInputStreaming']);
  assert.deepEqual(named({ voice: voice(true) }), []);
  assert.deepEqual(named({ promptPlan: { form: 'block' } }), ['agent.prompt.type']);
  assert.deepEqual(named({ promptPlan: { form: 'prompt' } }), []);
  const settings = { smartFormat: true, vad_turnoff: 500, other_flag: false };
  assert.deepEqual(named({ transcriber: { provider: 'deepgram', settings } }), [
    'assistant.transcriber.vad_turnoff',
  ]);
});

test('the noise filter of an inbound trunk is named for the numbers on it, where it is on', () => {
  const number: PhoneNumber = {
    ...{ id: 'n1', orgId: 'o1', carrier: 'sip', e164CheckEnabled: true, status: 'active' },
    ...{ address: '+14155550102', binding: {}, extras: {}, createdAt: 0, updatedAt: 0 },
  };
  const org = (krispEnabled: boolean, ...numbers: string[]): Org => ({
    ...{ id: 'o1', name: 'One', createdAt: 0, updatedAt: 0 },
    inboundTrunk: { id: 't1', username: 'u', password: new Secret('p'), numbers, krispEnabled },
  });
  assert.deepEqual(
    ignoredTrunkFields(number, org(true, '+14155550102')).map(({ field }) => field),
    ['inbound_trunk.krisp_enabled'],
  );
  assert.deepEqual(ignoredTrunkFields(number, org(true, '+14155550103')), []);
  assert.deepEqual(ignoredTrunkFields(number, org(false, '+14155550102')), []);
  assert.deepEqual(ignoredTrunkFields(number, undefined), []);
});

test('what an account asks for the calls that it does not carry is named', () => {
  const named = (account: Parameters<typeof ignoredAccountFields>[0]) =>
    ignoredAccountFields(account).map(({ field }) => field);
  assert.deepEqual(named({ steeringPool: [], anyCallerIdSupported: false }), []);
  assert.deepEqual(
    named({
      steeringPool: ['+14155550123'],
      anyCallerIdSupported: true,
      extras: { fluents: { config: { voicemail_detection: {} } } },
    }),
    [
      'telephony_account_connection.steering_pool',
      'telephony_account_connection.account_supports_any_caller_id',
      'telephony_account_connection.config',
    ],
  );
});

test('the carrier of a number is named where it does not carry the call', () => {
  for (const carrier of ['twilio', 'telnyx', 'vonage'] as const) {
    const [ignored] = ignoredCarrierFields({ carrier });
    assert.equal(ignored?.field, 'phoneNumber.provider');
    assert.match(String(ignored?.reason), new RegExp(carrier));
  }
  assert.deepEqual(ignoredCarrierFields({ carrier: 'trunk' }), []);
});

test("settings of the vendors' own detections of machines are named, unless none is looked for", () => {
  const named = (settings: Record<string, unknown>) =>
    ignoredVoicemailFields({ voicemailDetection: { provider: 'twilio', type: 'audio', settings } }).map(
      ({ field }) => field,
    );
  assert.deepEqual(named({ enabled: true, machineDetectionTimeout: 30, voicemailDetectionTypes: [] }), [
    'assistant.voicemailDetection.machineDetectionTimeout',
  ]);
  assert.deepEqual(named({ enabled: false, machineDetectionTimeout: 30 }), []);
  assert.deepEqual(ignoredVoicemailFields({ voicemailDetection: 'off' }), []);
  assert.deepEqual(ignoredVoicemailFields({}), []);
});
