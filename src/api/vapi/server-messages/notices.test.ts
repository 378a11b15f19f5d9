import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGENT, AT, NUMBER, ORG_ID, sceneOf, without } from '../../../../test/support/served-scene.ts';
import type { CallNotice, CallScene } from '../../../flow/server-messages.ts';
import { FakeClock } from '../../../lib/fake-clock.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { vapiServerMessages } from './vapi-server-messages.ts';

type Json = Record<string, unknown>;

const told = vapiServerMessages({
  post: () => assert.fail('a notice is posted by the outbox alone'),
  clock: new FakeClock(AT + 5000),
  publicUrl: () => 'https://exchange.test',
  logger: silentLogger,
});

function deliver(notice: CallNotice, scene = sceneOf()) {
  return told.deliveriesOf(notice, scene, AT + 5000);
}

function messageOf(notice: CallNotice, scene?: CallScene): Json {
  const [delivery, second] = deliver(notice, scene);
  assert.ok(delivery);
  assert.equal(second, undefined);
  assert.equal(delivery.body.includes('hush'), false);
  return (JSON.parse(delivery.body) as { message: Json }).message;
}

test('a delivery is an entry of its call’s stream, with a body that names call, number and assistant', () => {
  const scene = sceneOf();
  const [delivery] = deliver({ type: 'status-changed' }, scene);
  assert.ok(delivery);
  const { callId, streamId, orgId, type, createdAt, server: target } = delivery;
  assert.deepEqual(
    { callId, streamId, orgId, type, createdAt, url: target.url, secret: target.secret?.reveal() },
    {
      callId: scene.call.id,
      streamId: scene.call.id,
      orgId: ORG_ID,
      type: 'status-update',
      createdAt: AT + 5000,
      url: 'https://agent.example/hook',
      secret: 'hush',
    },
  );
  assert.match(delivery.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  const message = messageOf({ type: 'status-changed' }, scene);
  const call = message.call as Json;
  assert.equal(message.timestamp, AT + 5000);
  assert.equal(call.id, scene.call.id);
  assert.equal((call.customer as Json).number, '+14155550123');
  assert.deepEqual(call.phoneNumber, message.phoneNumber);
  assert.equal((message.phoneNumber as Json).sipUri, 'sip:desk@sip.exchange.test');
  assert.equal((message.assistant as Json).id, AGENT.id);
  assert.deepEqual(message.customer, { number: '+14155550123', name: 'Ann' });
  assert.deepEqual(call.phoneCallProviderDetails, { sip: { headers: { 'x-first_name': 'Ann' } } });
  assert.equal('messages' in call || 'artifact' in call, false);
});

test('an event goes to one server: the assistant’s, else the number’s, else the org’s, else nowhere', () => {
  const urls = (scene: CallScene) => deliver({ type: 'status-changed' }, scene).map((one) => one.server.url);
  const bare = { ...without(AGENT, 'server'), id: AGENT.id };
  const noUrl = { ...AGENT, server: { timeoutSeconds: 5 } };
  const quietNumber = without(NUMBER, 'server');
  assert.deepEqual(urls(sceneOf()), ['https://agent.example/hook']);
  assert.deepEqual(urls(sceneOf({ agent: bare })), ['https://number.example/hook']);
  assert.deepEqual(urls(sceneOf({ agent: noUrl })), ['https://number.example/hook']);
  assert.deepEqual(urls(sceneOf({ agent: bare, number: quietNumber })), ['https://org.example/hook']);
  assert.deepEqual(urls(sceneOf({ agent: undefined, number: undefined })), ['https://org.example/hook']);
  assert.deepEqual(urls(sceneOf({ agent: bare, number: quietNumber, org: undefined })), []);
});

const TRANSFER = {
  destination: { type: 'number', number: '+14155550100', e164CheckEnabled: true },
  by: 'agent',
  startedAt: AT,
} as const;

const NOTICES: [CallNotice, string, boolean][] = [
  [{ type: 'status-changed' }, 'status-update', true],
  [{ type: 'call-reported' }, 'end-of-call-report', true],
  [{ type: 'agent-started' }, 'assistant.started', true],
  [{ type: 'agent-handed-off', from: AGENT, to: AGENT }, 'transfer-update', false],
  [{ type: 'conversation-changed' }, 'conversation-update', true],
  [{ type: 'transcribed', role: 'user', text: 'hi', isFinal: true }, 'transcript', false],
  [{ type: 'speech-changed', role: 'user', status: 'started', turn: 1 }, 'speech-update', true],
  [{ type: 'user-interrupted', turnId: 't1' }, 'user-interrupted', true],
  [{ type: 'model-gave', output: { text: 'Hi', toolCalls: [] }, turnId: 't1' }, 'model-output', false],
  [{ type: 'transfer-changed', transfer: TRANSFER }, 'transfer-update', false],
  [{ type: 'agent-delayed' }, 'hang', true],
];

for (const [notice, type, byDefault] of NOTICES) {
  test(`${notice.type} is told as ${type}, ${byDefault ? 'also' : 'not'} where nothing was asked for`, () => {
    assert.equal(deliver(notice).length, byDefault ? 1 : 0);
    const asking = sceneOf({ agent: { ...AGENT, serverMessages: [type] } });
    assert.equal(messageOf(notice, asking).type, type);
    const deaf = sceneOf({ agent: { ...AGENT, serverMessages: [] } });
    assert.equal(deliver(notice, deaf).length, 0);
  });
}

test('final transcripts can be asked for alone', () => {
  const agent = { ...AGENT, serverMessages: ['transcript[transcriptType="final"]'] };
  const scene = sceneOf({ agent });
  assert.deepEqual(deliver({ type: 'transcribed', role: 'user', text: 'hel', isFinal: false }, scene), []);
  const message = messageOf({ type: 'transcribed', role: 'agent', text: 'Hello.', isFinal: true }, scene);
  const { role, transcriptType, transcript, assistantId, assistantName } = message;
  assert.deepEqual(
    { role, transcriptType, transcript, assistantId, assistantName },
    {
      role: 'assistant',
      transcriptType: 'final',
      transcript: 'Hello.',
      assistantId: AGENT.id,
      assistantName: 'Desk',
    },
  );
});

test('a conversation update has the messages in the artifact, at the top, and under the older name', () => {
  const message = messageOf({ type: 'conversation-changed' });
  const { messages, messagesOpenAIFormatted: formatted } = message.artifact as { [name: string]: Json[] };
  const words = formatted?.map(({ content }) => content);
  assert.ok(words?.includes('Opening hours?'), words?.join());
  assert.deepEqual(message.messages, messages);
  assert.deepEqual(message.messagesOpenAIFormatted, formatted);
  assert.deepEqual(message.conversation, formatted);
});

test('a forwarded call tells where to, with the conversation', () => {
  const { destination } = TRANSFER;
  const message = messageOf({ type: 'status-changed', destination }, sceneOf({}, { status: 'forwarding' }));
  assert.deepEqual(message.destination, {
    type: 'number',
    number: '+14155550100',
    numberE164CheckEnabled: true,
  });
  assert.match(String(message.transcript), /User: Opening hours\?/);
  assert.ok(Array.isArray(message.messagesOpenAIFormatted));
});

test('the end tells its reason and, where no assistant answered, why', () => {
  const routingFailure = { error: "Couldn't get assistant", requestError: 'bad', response: { a: 1 } };
  const ended = {
    status: 'ended',
    endReason: 'assistant-request-failed',
    endedAt: AT + 4000,
    routingFailure,
  } as const;
  const scene = sceneOf({ agent: undefined, messages: [], turns: [] }, ended);
  const shown = {
    error: "Couldn't get assistant",
    assistantRequestError: 'bad',
    assistantRequestResponse: { a: 1 },
  };
  for (const type of ['status-changed', 'call-reported'] as const) {
    const message = messageOf({ type }, scene);
    assert.equal(message.endedReason, 'assistant-request-failed');
    assert.deepEqual(message.inboundPhoneCallDebuggingArtifacts, shown);
  }
});

test('the report holds all of the call, also where older handlers look for it', () => {
  const message = messageOf(
    { type: 'call-reported' },
    sceneOf(
      {},
      {
        status: 'ended',
        endReason: 'customer-ended-call',
        endedAt: AT + 61_000,
        recording: { file: 'a.wav', durationMs: 60_000 },
        transfers: [{ ...TRANSFER, outcome: 'connected', endedAt: AT + 60_000 }],
      },
    ),
  );
  const artifact = message.artifact as Json;
  assert.equal(message.durationSeconds, 60);
  assert.equal(message.durationMs, 60_000);
  assert.equal(message.startedAt, new Date(AT + 1000).toISOString());
  assert.equal(message.cost, 0);
  assert.deepEqual(message.analysis, {});
  for (const key of ['messages', 'transcript', 'recordingUrl', 'stereoRecordingUrl'])
    assert.deepEqual(message[key], artifact[key], key);
  assert.match(String(artifact.recordingUrl), /^https:\/\/exchange\.test\/call\/.*\/stereo-recording$/);
  const [transfer] = artifact.transfers as Json[];
  assert.deepEqual(
    [transfer?.status, transfer?.outcome, transfer?.mode],
    ['connected', 'connected', 'blind-transfer'],
  );
  assert.equal((message.destination as Json).number, '+14155550100');
});

test('model output is text or tool calls, each in a message of its own', () => {
  const agent = { ...AGENT, serverMessages: ['model-output'] };
  const output = { text: 'One moment.', toolCalls: [{ id: 'c1', name: 'book', arguments: { day: 1 } }] };
  const outputs = deliver({ type: 'model-gave', output, turnId: 't1' }, sceneOf({ agent })).map(
    ({ body }) => (JSON.parse(body) as { message: Json }).message.output,
  );
  assert.deepEqual(outputs, [
    'One moment.',
    [
      {
        id: 'c1',
        type: 'function',
        function: { name: 'book', arguments: { day: 1 } },
        name: 'book',
        parameters: { day: 1 },
      },
    ],
  ]);
});

test('a handoff names both assistants, the new one as destination', () => {
  const from = { ...AGENT, serverMessages: ['transfer-update'] };
  const to = { ...from, id: '018f0000-0000-7000-8000-00000000000c', name: 'Billing' };
  const message = messageOf({ type: 'agent-handed-off', from, to }, sceneOf({ agent: to }));
  assert.deepEqual(message.destination, { type: 'assistant', assistantName: 'Billing' });
  assert.equal((message.fromAssistant as Json).name, 'Desk');
  assert.equal((message.toAssistant as Json).name, 'Billing');
});
