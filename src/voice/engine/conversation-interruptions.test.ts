import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUpConversation } from '../../../test/support/fake-conversation.ts';

test('an interruption silences the agent within voiceSeconds and cuts message and memory to what was heard', async () => {
  const answer = 'We sell apples, pears, plums, cherries and a great many other kinds of fruit.';
  const call = setUpConversation({
    ears: { texts: ['What do you sell?', 'Only apples please.'], delayMs: 200 },
    brain: { answers: [answer, 'Apples it is.'] },
    agent: { startSpeakingPlan: { waitSeconds: 0 } },
  });
  await call.conversation.start();
  call.line.speak(500);
  await call.run(2000);
  const spokeFrom = call.clock.now();
  call.line.speak(800);
  await call.run(5000);
  const cleared = call.line.clears[0];
  assert.ok(cleared && cleared.at - spokeFrom <= 240, `silent after ${(cleared?.at ?? 0) - spokeFrom} ms`);
  const [, cut] = call.messages();
  assert.equal(cut?.interrupted, true);
  assert.ok(cut && answer.startsWith(cut.message) && cut.message.length < answer.length, cut?.message);
  const played = (cleared?.position ?? 0) / 8;
  const share = answer.length * (played / (answer.length * 50));
  assert.ok(
    share - cut.message.length >= 0 && share - cut.message.length < 10,
    'cut at a word near the place',
  );
  assert.equal(cut.endedAt, cleared?.at);
  const [interrupted] = call.pick('interrupted');
  assert.deepEqual(call.pick('interrupted'), [
    {
      type: 'interrupted',
      at: cleared?.at ?? 0,
      playedText: cut.message,
      turnId: interrupted?.turnId,
    },
  ]);
  const [first, second] = call.pick('model-output');
  assert.equal(interrupted?.turnId, first?.turnId, 'the turn whose words were cut');
  assert.notEqual(second?.turnId, first?.turnId);
  assert.deepEqual(call.brain.requests[1]?.messages, [
    { role: 'user', content: 'What do you sell?' },
    { role: 'assistant', content: cut.message },
    { role: 'user', content: 'Only apples please.' },
  ]);
  assert.equal(call.brain.requests[0]?.signal.aborted, true);
  assert.equal(call.said().at(-1), 'agent: Apples it is.');
  await call.finish();
});

test('a cough pauses the agent, which then says the rest; nothing is lost or recorded as interrupted', async () => {
  const answer = 'This answer is long enough to be disturbed by a cough in the middle of it.';
  const call = setUpConversation({
    ears: { texts: ['Tell me.'] },
    brain: { answers: [answer] },
    agent: { startSpeakingPlan: { waitSeconds: 0 } },
  });
  await call.conversation.start();
  call.line.speak(300);
  await call.run(1500);
  call.line.speak(300);
  await call.run(500);
  assert.equal(call.line.sounding, false, 'paused');
  await call.run(8000);
  assert.deepEqual(call.said(), ['user: Tell me.', `agent: ${answer}`]);
  assert.equal(call.pick('interrupted').length, 0);
  const message = call.messages()[1];
  const lengthMs = answer.length * 50;
  const tookMs = (message?.endedAt ?? 0) - (message?.startedAt ?? 0);
  assert.ok(tookMs > lengthMs + 2000 && tookMs < lengthMs + 3000, `heard over ${tookMs} ms`);
  await call.finish();
});

test('"uh-huh" lets the agent go on and is recorded, but asks the brain nothing', async () => {
  const call = setUpConversation({
    ears: { texts: ['Tell me.', 'Uh-huh.'], delayMs: 100 },
    brain: { answers: ['A long story that goes on and on until it has come to its end at last.'] },
  });
  await call.conversation.start();
  call.line.speak(300);
  await call.run(2000);
  call.line.speak(300);
  await call.run(7000);
  assert.equal(call.brain.requests.length, 1);
  assert.deepEqual(call.said().sort(), [
    'agent: A long story that goes on and on until it has come to its end at last.',
    'user: Tell me.',
    'user: Uh-huh.',
  ]);
  await call.finish();
});

test('the first message cannot be interrupted unless the agent allows it', async () => {
  for (const allowed of [false, true]) {
    const call = setUpConversation({
      agent: {
        firstMessage: 'Welcome to the house of flowers and of many other things.',
        ...(allowed ? { firstMessageInterruptionsEnabled: true } : {}),
      },
      ears: { texts: ['Are you open?'] },
      brain: { answers: ['Yes.'] },
    });
    await call.conversation.start();
    await call.run(500);
    call.line.speak(600);
    await call.run(8000);
    assert.equal(call.messages()[0]?.interrupted ?? false, allowed);
    assert.deepEqual(call.said().slice(1), ['user: Are you open?', 'agent: Yes.']);
    await call.finish();
  }
});

test('words that come before the answer is heard take the turn back, and both are answered', async () => {
  const call = setUpConversation({
    ears: { texts: ['I want a table.', 'For two.'] },
    brain: { answers: ['Never heard.', 'A table for two.'], delayMs: 500 },
  });
  await call.conversation.start();
  call.line.speak(500, 200);
  await call.run(760);
  call.line.speak(500);
  await call.run(4000);
  assert.deepEqual(call.said(), ['user: I want a table.', 'user: For two.', 'agent: A table for two.']);
  assert.deepEqual(
    call.brain.requests[1]?.messages.map(({ content }) => content),
    ['I want a table.', 'For two.'],
  );
  await call.finish();
});

test('say speaks over the agent, whose own words are cut, and resolves when it was heard', async () => {
  const call = setUpConversation({
    agent: { firstMessage: 'A first message that takes rather long to be said in full.' },
  });
  await call.conversation.start();
  await call.run(500);
  let over = false;
  const saying = call.conversation.say('One minute left.').then(() => {
    over = true;
  });
  await call.run(500);
  assert.equal(over, false);
  await call.run(800);
  await saying;
  assert.equal(over, true);
  assert.match(call.said()[0] ?? '', /^agent: A first .* —$|^agent: A —$|^agent: A first —$/);
  assert.equal(call.said()[1], 'agent: One minute left.');
  await call.finish();
});
