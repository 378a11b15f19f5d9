import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { liveCall } from '../../../../test/support/sample-call.ts';
import { AGENT, AT, NUMBER, ORG_ID, sceneOf, without } from '../../../../test/support/served-scene.ts';
import type { AgentWebhook } from '../../../domain/agents/agent.ts';
import type { CallMessage } from '../../../domain/calls/call.ts';
import type { CallNotice, CallScene } from '../../../flow/server-messages.ts';
import { FakeClock } from '../../../lib/fake-clock.ts';
import { vocodeServerMessages } from './vocode-server-messages.ts';

const ALL = [
  'event_message',
  'event_action',
  'event_phone_call_connected',
  'event_phone_call_did_not_connect',
  'event_phone_call_ended',
  'event_transcript',
  'event_recording',
  'event_error',
];

const SCENE = sceneOf();
const messages = vocodeServerMessages({
  post: () => assert.fail('nothing is asked'),
  clock: new FakeClock(AT),
  publicUrl: () => 'https://exchange.test',
});

function told(notice: CallNotice, scene: Partial<CallScene> = {}, webhook: Partial<AgentWebhook> = {}) {
  const agent = {
    ...AGENT,
    webhook: { url: 'https://hooks.example/v', method: 'POST' as const, subscriptions: ALL, ...webhook },
  };
  return messages.deliveriesOf(notice, { ...SCENE, agent, ...scene }, AT);
}

const bodies = (...args: Parameters<typeof told>) => told(...args).map(({ body }) => JSON.parse(body));
const call = (fields: Partial<CallScene['call']>) =>
  liveCall(ORG_ID, AT, { id: 'c1', status: 'ended', endedAt: AT + 90_000, ...fields });

describe("an agent's webhook", () => {
  test('gets what was said, final texts alone', () => {
    const said = { type: 'transcribed' as const, text: 'Hi.', isFinal: true };
    const [delivery] = told({ ...said, role: 'user' });
    assert.deepEqual(delivery && [delivery.type, delivery.server, delivery.method], [
      'event_message',
      { url: 'https://hooks.example/v' },
      undefined,
    ]);
    const [heard] = bodies({ ...said, role: 'user' });
    assert.deepEqual(heard, {
      type: 'event_message',
      call_id: SCENE.call.id,
      payload: { text: 'Hi.', sender: 'human', timestamp: AT / 1000 },
    });
    assert.equal(bodies({ ...said, role: 'agent' })[0].payload.sender, 'bot');
    assert.deepEqual(bodies({ ...said, role: 'user', isFinal: false }), []);
  });

  test('gets only what it has subscribed to', () => {
    const notice: CallNotice = { type: 'transcribed', role: 'user', text: 'Hi.', isFinal: true };
    assert.deepEqual(told(notice, {}, { subscriptions: ['event_action'] }), []);
    assert.deepEqual(told(notice, { agent: AGENT }), []);
  });

  test('gets an event under the name that it was subscribed to by, once', () => {
    const notice: CallNotice = { type: 'human-detected', result: 'human' };
    const typesFor = (...subscriptions: string[]) =>
      bodies(notice, {}, { subscriptions }).map(({ type }) => type);
    assert.deepEqual(typesFor('event_machine_detection'), ['event_machine_detection']);
    assert.deepEqual(typesFor('event_machine_detection', 'event_human_detection'), ['event_human_detection']);
  });

  test('by GET is written down as such', () => {
    const notice: CallNotice = { type: 'transcribed', role: 'user', text: 'Hi.', isFinal: true };
    assert.equal(told(notice, {}, { method: 'GET' })[0]?.method, 'GET');
  });

  test('gets an action at its start and again at its end', () => {
    const at = { startedAt: AT, endedAt: AT };
    const start: CallMessage = {
      ...at,
      role: 'tool-call',
      message: '{"day":1}',
      toolCall: { id: 't1', name: 'book', arguments: { day: 1 } },
    };
    const end: CallMessage = {
      ...at,
      role: 'tool-result',
      message: 'done',
      toolCall: { id: 't1', name: 'book', result: 'done' },
    };
    const scene = { messages: [start, end] };
    const payloads = [start, end].map(
      (message) => bodies({ type: 'conversation-changed', message }, scene)[0].payload,
    );
    assert.deepEqual(payloads, [
      { action_input: { name: 'book', params: { day: 1 } }, action_output: null },
      {
        action_input: { name: 'book', params: { day: 1 } },
        action_output: { name: 'book', response: 'done' },
      },
    ]);
    const spoken: CallMessage = { ...at, role: 'user', message: 'Hi.' };
    assert.deepEqual(bodies({ type: 'conversation-changed', message: spoken }), []);
  });

  test('hears once that the call is connected', () => {
    const scene = {
      call: liveCall(ORG_ID, AT, { customer: { number: '+14155550100' } }),
      number: { ...NUMBER, address: '+14155550199' },
    };
    assert.deepEqual(bodies({ type: 'agent-started' }, scene)[0].payload, {
      to_phone_number: '+14155550199',
      from_phone_number: '+14155550100',
    });
    assert.deepEqual(bodies({ type: 'agent-started', takesOver: true }, scene), []);
  });

  test('hears of the end, with transcript and recording', () => {
    const spoken = (role: CallMessage['role'], message: string, more: Partial<CallMessage> = {}) => ({
      role,
      message,
      startedAt: AT,
      endedAt: AT,
      ...more,
    });
    const scene = {
      call: call({ answeredAt: AT, recording: { file: 'a.wav', durationMs: 9 }, blame: 'none' }),
      messages: [
        spoken('agent', 'Hello, how', { interrupted: true }),
        spoken('user', 'Book it.'),
        spoken('tool-call', '{"day":1}', { toolCall: { id: 't1', name: 'book' } }),
        spoken('tool-result', 'done', { toolCall: { id: 't1', name: 'book' } }),
        spoken('system', 'a hint'),
      ],
    };
    assert.deepEqual(
      bodies({ type: 'call-reported' }, scene).map(({ type, payload }) => [type, payload]),
      [
        ['event_phone_call_ended', { conversation_minutes: 1.5 }],
        [
          'event_transcript',
          {
            transcript:
              'BOT: Hello, how-\nHUMAN: Book it.\nBOT_ACTION_START: book {"day":1}\nBOT_ACTION_FINISH: book done',
          },
        ],
        ['event_recording', { recording_url: 'https://exchange.test/vocode/v1/calls/recording?id=c1' }],
      ],
    );
  });

  test('hears no word of a call of which nothing may be kept', () => {
    const scene = { call: call({ answeredAt: AT, hipaaCompliant: true }) };
    assert.deepEqual(
      bodies({ type: 'call-reported' }, scene).map(({ type }) => type),
      ['event_phone_call_ended'],
    );
  });

  test('hears of a call that was not answered, and of what went wrong', () => {
    const failed = call({
      endReason: 'assistant-request-failed',
      blame: 'customer',
      endMessage: 'no answer',
    });
    const scene = { call: without(failed, 'answeredAt') };
    assert.deepEqual(
      bodies({ type: 'call-reported' }, scene).map(({ type, payload }) => [type, payload]),
      [
        ['event_phone_call_did_not_connect', { telephony_status: 'assistant-request-failed' }],
        ['event_error', { message: 'no answer' }],
      ],
    );
  });
});
