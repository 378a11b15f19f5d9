import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUpConversation } from '../../../test/support/fake-conversation.ts';

test('a brain that fails is warned of and apologised for, and the next turn works', async () => {
  const call = setUpConversation({
    ears: { texts: ['Hello.', 'Hello again.'] },
    brain: { answers: [new Error('503 from upstream'), 'Now it works.'] },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(5000);
  assert.deepEqual(call.pick('warning'), [
    { type: 'warning', code: 'brain-failed', message: 'fake-brain: 503 from upstream' },
  ]);
  assert.match(call.said()[1] ?? '', /^agent: I'm sorry/);
  call.line.speak(400);
  await call.run(3000);
  assert.equal(call.said().at(-1), 'agent: Now it works.');
  await call.finish();
});

test('a brain that hangs is given up after 20 s, without leaving the caller in silence', async () => {
  const call = setUpConversation({
    ears: { texts: ['Hello.'] },
    brain: { hangs: true },
    agent: { transcriber: { provider: 'x', language: 'de-DE', settings: {} } },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(26_000);
  assert.match(call.pick('warning')[0]?.message ?? '', /gave nothing for 20000 ms/);
  assert.match(call.said()[1] ?? '', /^agent: Entschuldigung/);
  await call.finish();
});

test('a voice that fails is warned of; only what was heard is recorded and remembered', async () => {
  const call = setUpConversation({
    ears: { texts: ['Hello.', 'And?'] },
    brain: { answers: ['One sentence here. Another one follows.', 'Next.'] },
    voice: { failAfter: 1 },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(4000);
  assert.deepEqual(
    call.pick('warning').map(({ code, message }) => `${code} ${message}`),
    ['voice-failed fake-voice: the voice broke'],
  );
  const heard = call.messages()[1]?.message ?? '';
  assert.ok(heard.startsWith('One') && heard.length < 25, heard);
  call.line.speak(400);
  await call.run(3000);
  assert.deepEqual(call.brain.requests[1]?.messages[1], { role: 'assistant', content: heard });
  await call.finish();
});

test('a voice that hangs is given up and the call goes on', async () => {
  const call = setUpConversation({ agent: { firstMessage: 'Hello.' }, voice: { hangs: true } });
  await call.conversation.start();
  await call.run(11_000);
  assert.equal(call.pick('warning')[0]?.code, 'voice-failed');
  assert.deepEqual(call.said(), []);
  await call.finish();
});

test('a transcriber that fails is opened again, and early audio waits for it', async () => {
  const call = setUpConversation({
    ears: { texts: ['Hello.'], openFailures: 1, openMs: 100 },
    brain: { answers: ['Hi.'] },
  });
  void call.conversation.start();
  await call.run(10);
  call.line.speak(1000);
  await call.run(3000);
  assert.match(call.pick('warning')[0]?.message ?? '', /refused; trying again in 250 ms/);
  assert.equal(call.ears.stream.frames, 70, 'every frame of the 1.4 s arrived');
  assert.equal(call.ears.stream.runs, 1);
  assert.equal(call.said().at(-1), 'agent: Hi.');
  call.ears.stream.failed.emit(new Error('socket closed'));
  await call.run(500);
  assert.equal(call.ears.opened.length, 3);
  await call.finish();
});

test('a transcriber that never opens leaves a call that still speaks, takes keys and closes', async () => {
  const call = setUpConversation({
    agent: { firstMessage: 'Hello.', keypadInputPlan: { enabled: true } },
    ears: { openFailures: 99 },
    brain: { answers: ['One it is.'] },
  });
  await call.conversation.start();
  await call.run(7000);
  assert.match(call.pick('warning').at(-1)?.message ?? '', /given up/);
  call.line.press('1');
  await call.run(4000);
  assert.deepEqual(call.said(), ['agent: Hello.', 'user keys: 1', 'agent: One it is.']);
  await call.finish();
});

test('a VAD that cannot be loaded is replaced by the energy VAD', async () => {
  const call = setUpConversation({
    vad: () => Promise.reject(new Error('no wasm')),
    ears: { texts: ['Hello.'] },
    brain: { answers: ['Hi.'] },
  });
  await call.conversation.start();
  call.line.speak(600);
  await call.run(3000);
  assert.equal(call.pick('warning')[0]?.code, 'vad-unavailable');
  assert.equal(call.said().at(-1), 'agent: Hi.');
  await call.finish();
});

for (const fault of ['hangs', 'fails'] as const) {
  test(`a line whose clear ${fault} delays nothing for ever; the heard text is reckoned from the time`, async () => {
    const call = setUpConversation({
      agent: { firstMessage: 'Twenty characters of text, and then a few more of them.' },
    });
    await call.conversation.start();
    await call.run(1000);
    call.line.clearFault = fault;
    await call.finish();
    const [message] = call.messages();
    assert.equal(message?.interrupted, true);
    assert.equal(message?.message, 'Twenty characters of');
  });
}
