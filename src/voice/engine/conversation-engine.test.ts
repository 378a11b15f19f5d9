import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brainWith, ORIGIN, setUpConversation } from '../../../test/support/fake-conversation.ts';

test('the first message sounds at once, before the ears are open, and is recorded with its true times', async () => {
  const call = setUpConversation({
    agent: { firstMessage: 'Hello there.' },
    ears: { openMs: 3000 },
    voice: { delayMs: 100 },
  });
  void call.conversation.start();
  await call.run(120);
  assert.equal(call.line.sounding, true);
  await call.run(1000);
  const [message] = call.messages();
  assert.deepEqual(message, {
    role: 'agent',
    message: 'Hello there.',
    startedAt: message?.startedAt,
    endedAt: (message?.startedAt ?? 0) + 600,
  });
  assert.ok((message?.startedAt ?? 0) - ORIGIN <= 120);
  assert.deepEqual(
    call.pick('speech').map(({ role, status }) => `${role} ${status}`),
    ['agent started', 'agent stopped'],
  );
  await call.finish();
});

test('a question is heard, thought about and answered, and every stage is measured in its order', async () => {
  const call = setUpConversation({
    ears: { texts: ['What are your hours?'], delayMs: 150 },
    brain: { answers: ['We are open from nine to five.'], delayMs: 250 },
    voice: { delayMs: 80 },
    agent: { startSpeakingPlan: { waitSeconds: 0 } },
  });
  await call.conversation.start();
  call.line.speak(1000);
  await call.run(5000);
  assert.deepEqual(call.said(), ['user: What are your hours?', 'agent: We are open from nine to five.']);
  const [user] = call.messages();
  assert.deepEqual([user?.startedAt, user?.endedAt], [ORIGIN, ORIGIN + 980]);
  const latency = call.pick('turn')[0]?.latency;
  assert.equal(latency?.turn, 1);
  assert.equal(latency?.speechEndedAt, ORIGIN + 980);
  const stages = [
    latency?.transcriptMs,
    latency?.commitMs,
    latency?.brainFirstTokenMs,
    latency?.voiceFirstAudioMs,
    latency?.rtpFirstPacketMs,
  ];
  // 200 ms of silence until the VAD is sure, then each part's own delay; the test's clock moves in steps of 10 ms.
  for (const [index, expected] of [350, 350, 600, 680, 680].entries()) {
    const measured = stages[index] ?? Number.NaN;
    assert.ok(Math.abs(measured - expected) <= 40, `stage ${index}: ${measured} ms`);
  }
  assert.deepEqual(
    stages,
    stages.toSorted((one, other) => (one ?? 0) - (other ?? 0)),
  );
  assert.equal(call.pick('turn').length, 1);
  assert.deepEqual(call.brain.requests[0]?.messages, [{ role: 'user', content: 'What are your hours?' }]);
  await call.finish();
});

test('waitSeconds holds the voice back but not the brain', async () => {
  const call = setUpConversation({
    ears: { texts: ['Hi.'] },
    brain: { answers: ['Hello.'] },
    agent: { startSpeakingPlan: { waitSeconds: 1 } },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(1000);
  assert.equal(call.brain.requests.length, 1);
  assert.equal(call.line.sounding, false);
  await call.run(800);
  const latency = call.pick('turn')[0]?.latency;
  assert.equal((latency?.rtpFirstPacketMs ?? 0) - (latency?.commitMs ?? 0), 1000);
  await call.finish();
});

test('variables fill the prompt and the messages, and the brain gets the filled settings', async () => {
  const call = setUpConversation({
    agent: {
      firstMessage: 'Hello {{ name }}, it is {{ year }}.',
      brain: brainWith({ messages: [{ role: 'system', content: 'You talk to {{name}}.' }] }),
    },
    variables: { name: 'Ada' },
    ears: { texts: ['Hi.'] },
    brain: { answers: ['Hi Ada.'] },
  });
  await call.conversation.start();
  await call.run(3000);
  call.line.speak(400);
  await call.run(2000);
  assert.equal(call.said()[0], 'agent: Hello Ada, it is 2023.');
  const request = call.brain.requests[0];
  assert.deepEqual(request?.messages, [
    { role: 'system', content: 'You talk to Ada.' },
    { role: 'assistant', content: 'Hello Ada, it is 2023.' },
    { role: 'user', content: 'Hi.' },
  ]);
  assert.equal(request?.settings.messages[0]?.content, 'You talk to Ada.');
  assert.equal(request?.settings.maxTokens, 250);
  assert.deepEqual(request?.context, { call: { id: 'call' } });
  await call.finish();
});

test('the modes of the first message: wait for the caller, or let the brain greet', async () => {
  const waits = setUpConversation({
    agent: { firstMessage: 'Hello.', firstMessageMode: 'assistant-waits-for-user' },
  });
  await waits.conversation.start();
  await waits.run(2000);
  assert.deepEqual(waits.said(), []);
  await waits.finish();

  const greets = setUpConversation({
    agent: { firstMessageMode: 'assistant-speaks-first-with-model-generated-message' },
    brain: { answers: ['Good morning.'] },
  });
  await greets.conversation.start();
  await greets.run(2000);
  assert.deepEqual(greets.said(), ['agent: Good morning.']);
  assert.equal(greets.pick('turn').length, 0, 'no speech was answered');
  await greets.finish();
});
