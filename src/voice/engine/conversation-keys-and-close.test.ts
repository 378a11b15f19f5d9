import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brainWith, dtmf, setUpConversation } from '../../../test/support/fake-conversation.ts';

test('keys are joined to an entry, always recorded, and read by the brain only where the plan says so', async () => {
  for (const enabled of [false, true]) {
    const call = setUpConversation({
      agent: { keypadInputPlan: { enabled, timeoutSeconds: 3, delimiters: '#' } },
      brain: { answers: ['Thank you.'] },
    });
    await call.conversation.start();
    for (const key of '12') {
      call.line.press(key);
      await call.run(500);
    }
    call.line.press('#');
    await call.run(3000);
    const recorded = call.messages()[0];
    assert.equal(recorded?.message, enabled ? '12' : '12#');
    assert.equal(recorded?.inputMode, 'dtmf');
    assert.equal((recorded?.endedAt ?? 0) - (recorded?.startedAt ?? 0), enabled ? 500 : 1000);
    assert.deepEqual(
      call.brain.requests.map(({ messages }) => messages.at(-1)?.content),
      enabled ? ['12'] : [],
    );
    await call.finish();
  }
});

test('the tone of a key is not taken for speech', async () => {
  const call = setUpConversation({
    agent: {
      firstMessage: 'A first message of some length, long enough to be cut.',
      firstMessageInterruptionsEnabled: true,
    },
  });
  await call.conversation.start();
  await call.run(300);
  call.line.press('5');
  call.line.speak(180);
  await call.run(1000);
  assert.equal(call.line.clears.length, 0);
  await call.finish();
});

test('closing amid everything records what was heard and said, and leaves nothing behind', async () => {
  const call = setUpConversation({
    agent: { brain: brainWith({ tools: [dtmf] }) },
    ears: { texts: ['Tell me.'] },
    brain: {
      answers: ['A long answer that will not come to its end because the caller hangs up.'],
      chunkMs: 50,
    },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(2500);
  call.ears.stream.give('and another', { isFinal: false });
  call.line.press('7');
  await call.finish();
  const said = call.said();
  assert.equal(said[0], 'user: Tell me.');
  assert.deepEqual(
    said
      .slice(1)
      .sort()
      .map((line) => line.replace(/: A .*/, '')),
    ['agent', 'user keys: 7', 'user: and another'],
  );
  assert.equal(call.messages().find(({ role }) => role === 'agent')?.interrupted, true);
  await call.conversation.close();
});

test('closing before the start, and twice, is safe', async () => {
  const call = setUpConversation({ agent: { firstMessage: 'Hello.' } });
  await Promise.all([call.conversation.close(), call.conversation.close()]);
  await call.conversation.start();
  await call.conversation.say('x');
  await call.run(500);
  assert.deepEqual(call.events, []);
  await call.finish();
});

test('keys cut the answer that is being heard, and the brain remembers how far it was heard', async () => {
  const answer = 'For sales press one, for service press two, for all the rest press three.';
  const call = setUpConversation({
    agent: { keypadInputPlan: { enabled: true, timeoutSeconds: 0 }, startSpeakingPlan: { waitSeconds: 0 } },
    ears: { texts: ['Hello.'] },
    brain: { answers: [answer, 'Service it is.'] },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(2600);
  call.line.press('2');
  await call.run(3000);
  const cut = call.messages().find(({ interrupted }) => interrupted);
  assert.ok(cut && answer.startsWith(cut.message) && cut.message.length < answer.length);
  assert.deepEqual(call.brain.requests[1]?.messages, [
    { role: 'user', content: 'Hello.' },
    { role: 'assistant', content: cut.message },
    { role: 'user', content: '2' },
  ]);
  const latency = call.pick('turn').at(-1)?.latency;
  assert.equal(latency?.turn, 2);
  assert.equal(latency?.transcriptMs, undefined, 'nothing was transcribed');
  assert.equal(call.said().at(-1), 'agent: Service it is.');
  await call.finish();
});
