import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brainWith, callTool, endCall, setUpConversation } from '../../../test/support/fake-conversation.ts';

const SLOW = 'An answer that takes so long that there is time to do something about it.';

test('a muted agent falls silent at once, goes on listening, thinks nothing, and knows later what was said', async () => {
  const call = setUpConversation({
    agent: { startSpeakingPlan: { waitSeconds: 0 } },
    ears: { texts: ['Tell me.', 'Are you there?', 'And now?'] },
    brain: { answers: [SLOW, 'Yes, again.'] },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(1500);
  call.conversation.mute(true);
  await call.run(20);
  assert.equal(call.line.sounding, false);
  call.line.speak(600);
  await call.run(3000);
  assert.equal(call.brain.requests.length, 1);
  assert.equal(call.said().at(-1), 'user: Are you there?');
  call.conversation.mute(false);
  call.line.speak(600);
  await call.run(3000);
  assert.deepEqual(
    call.brain.requests[1]?.messages.map(({ role, content }) => `${role}: ${content}`).toSpliced(1, 1),
    ['user: Tell me.', 'user: Are you there?', 'user: And now?'],
  );
  assert.equal(call.said().at(-1), 'agent: Yes, again.');
  assert.equal(call.pick('speech').at(-1)?.turn, 3, 'turns that nobody answered count');
  await call.finish();
});

test('an agent that is muted before it begins says no first message; say and sayFirstMessage are heard all the same', async () => {
  const call = setUpConversation({ agent: { firstMessage: 'Hello.' } });
  call.conversation.mute(true);
  await call.conversation.start();
  await call.run(2000);
  assert.deepEqual(call.said(), []);
  const saying = call.conversation.say('The supervisor speaks.');
  await call.run(2000);
  await saying;
  const greeting = call.conversation.sayFirstMessage();
  await call.run(2000);
  await greeting;
  assert.deepEqual(call.said(), ['agent: The supervisor speaks.', 'agent: Hello.']);
  await call.finish();
});

test('the silence of a muted agent and of the caller ends the call as ever', async () => {
  const call = setUpConversation({ agent: { firstMessage: SLOW, silenceTimeoutSeconds: 5 } });
  await call.conversation.start();
  await call.run(500);
  call.conversation.mute(true);
  await call.run(4800);
  assert.equal(call.pick('end').length, 0);
  await call.run(400);
  assert.deepEqual(call.pick('end'), [{ type: 'end', reason: 'silence-timed-out' }]);
  await call.finish();
});

test('muting an agent that says goodbye ends the call', async () => {
  const call = setUpConversation({
    agent: { brain: brainWith({ tools: [endCall] }), endCallMessage: 'Goodbye.' },
    ears: { texts: ['Bye.'] },
    brain: { answers: [[{ type: 'text', text: SLOW }, callTool('endCall', {})]] },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(2000);
  call.conversation.mute(true);
  await call.run(100);
  assert.deepEqual(call.pick('end'), [{ type: 'end', reason: 'assistant-ended-call' }]);
  await call.finish();
});

test('the first message can be said again, over what the agent is saying, and is remembered', async () => {
  const call = setUpConversation({
    agent: { firstMessage: 'Hello there.', startSpeakingPlan: { waitSeconds: 0 } },
    ears: { texts: ['Tell me.', 'Yes.'] },
    brain: { answers: [SLOW, 'Fine.'] },
  });
  await call.conversation.start();
  await call.run(1000);
  call.line.speak(400);
  await call.run(1500);
  let over = false;
  const greeting = call.conversation.sayFirstMessage().then(() => {
    over = true;
  });
  await call.run(300);
  assert.equal(over, false);
  await call.run(1500);
  await greeting;
  assert.equal(call.messages()[2]?.interrupted, true);
  assert.equal(call.said().at(-1), 'agent: Hello there.');
  call.line.speak(400);
  await call.run(2000);
  assert.deepEqual(call.brain.requests[1]?.messages.at(-2), { role: 'assistant', content: 'Hello there.' });
  await call.finish();
});

test('an agent without a first message that is asked to say it goes on with what it says', async () => {
  const call = setUpConversation({
    agent: { firstMessage: '', startSpeakingPlan: { waitSeconds: 0 }, silenceTimeoutSeconds: 5 },
    ears: { texts: ['Tell me.', 'Yes.'] },
    brain: { answers: [SLOW, 'Fine.'] },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(1500);
  await call.conversation.sayFirstMessage();
  await call.run(3500);
  assert.deepEqual(call.said(), ['user: Tell me.', `agent: ${SLOW}`]);
  call.line.speak(400);
  await call.run(2000);
  assert.equal(call.said().at(-1), 'agent: Fine.');
  await call.run(6000);
  assert.deepEqual(call.pick('end'), [{ type: 'end', reason: 'silence-timed-out' }]);
  await call.finish();
});

test('a message from outside enters history and record, and is answered only where that is asked for', async () => {
  const call = setUpConversation({
    agent: { startSpeakingPlan: { waitSeconds: 0 } },
    ears: { texts: ['Hello.'] },
    brain: { answers: [SLOW, 'It is noon.'] },
  });
  await call.conversation.start();
  call.conversation.addMessage({ role: 'system', content: 'The caller is in a hurry.' }, false);
  call.line.speak(400);
  await call.run(1500);
  assert.deepEqual(call.brain.requests[0]?.messages, [
    { role: 'system', content: 'The caller is in a hurry.' },
    { role: 'user', content: 'Hello.' },
  ]);
  call.conversation.addMessage({ role: 'user', content: 'What time is it?' }, true);
  await call.run(3000);
  const [, , cut, added, answer] = call.messages();
  assert.equal(cut?.interrupted ?? added?.interrupted, true, 'what it was saying is cut');
  assert.equal(answer?.message, 'It is noon.');
  assert.deepEqual(call.brain.requests[1]?.messages.at(-1), { role: 'user', content: 'What time is it?' });
  assert.equal(call.said()[0], 'system: The caller is in a hurry.');
  await call.finish();
});

test('nothing is answered while the agent is muted or leaves', async () => {
  const muted = setUpConversation({ brain: { otherwise: 'x' } });
  await muted.conversation.start();
  muted.conversation.mute(true);
  muted.conversation.addMessage({ role: 'user', content: 'Hello?' }, true);
  await muted.run(2000);
  assert.equal(muted.brain.requests.length, 0);
  assert.deepEqual(muted.said(), ['user: Hello?']);
  await muted.finish();

  const leaving = setUpConversation({
    agent: { brain: brainWith({ tools: [endCall] }) },
    ears: { texts: ['Bye.'] },
    brain: { answers: [[{ type: 'text', text: 'So long, and thank you.' }, callTool('endCall', {})]] },
  });
  await leaving.conversation.start();
  leaving.line.speak(400);
  await leaving.run(1500);
  leaving.conversation.addMessage({ role: 'user', content: 'Wait.' }, true);
  await leaving.run(3000);
  assert.deepEqual(leaving.pick('end'), [{ type: 'end', reason: 'assistant-ended-call' }]);
  assert.equal(leaving.brain.requests.length, 1);
  assert.ok(leaving.said().includes('agent: So long, and thank you.'), 'the farewell is not cut');
  await leaving.finish();
});

test('a sentence from outside does not stop a transfer that is being made', async () => {
  const destination = { type: 'sip' as const, sipUri: 'sip:sales@example.com' };
  for (const moved of [true, false]) {
    const call = setUpConversation({
      agent: {
        brain: brainWith({ tools: [{ type: 'transferCall', destinations: [destination], settings: {} }] }),
      },
      ears: { texts: ['Sales.', 'Hello?'] },
      brain: { answers: [[callTool('transferCall', {})]], otherwise: 'Here I am.' },
      actions: { moveMs: 5000, move: moved ? { moved } : { moved, error: 'busy' } },
    });
    await call.conversation.start();
    call.line.speak(400);
    await call.run(3500);
    void call.conversation.say('Please hold the line.');
    await call.run(6000);
    assert.match(call.said().join('\n'), moved ? /was transferred/ : /Error: busy/);
    call.line.speak(500);
    await call.run(3000);
    assert.equal(
      call.said().at(-1),
      moved ? 'tool-result: The caller was transferred.' : 'agent: Here I am.',
    );
    await call.finish();
  }
});

test('an agent on hold hears nothing that sounds on the line, and listens again after it', async () => {
  const call = setUpConversation({
    agent: { startSpeakingPlan: { waitSeconds: 0 } },
    ears: { texts: ['Are you there?'] },
    brain: { answers: ['Yes.'] },
  });
  await call.conversation.start();
  call.conversation.hold(true);
  call.line.speak(600);
  await call.run(2_000);
  assert.equal(call.ears.stream.runs, 0, 'no speech is heard');
  assert.ok(call.ears.stream.frames > 0, 'the transcriber is given silence, or it would hang up');
  assert.deepEqual(call.said(), []);
  call.conversation.hold(false);
  call.line.speak(600);
  await call.run(3_000);
  assert.deepEqual(call.said(), ['user: Are you there?', 'agent: Yes.']);
  await call.finish();
});
