import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  brainWith,
  callTool,
  endCall,
  type FakeConversationSetting,
  setUpConversation,
} from '../../../test/support/fake-conversation.ts';

const SALES = 'sip:sales@example.com';
const transferCall = {
  type: 'transferCall',
  destinations: [{ type: 'sip' as const, sipUri: SALES, message: '' }],
  settings: {},
};

/** A conversation whose agent neither hangs up nor forwards: the customer's server does. */
async function delegated(setting: FakeConversationSetting) {
  const call = setUpConversation({
    actions: { hangsUpElsewhere: true, move: { moved: false, delegated: true } },
    ...setting,
    agent: { brain: brainWith({ tools: [endCall, transferCall] }), ...setting.agent },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(4_000);
  return call;
}

const SO_LONG = [{ type: 'text' as const, text: 'So long.' }, callTool('endCall', {})];

describe("an agent whose hanging up is the customer's server's task", () => {
  test('asks for it once all was heard, and goes on listening and answering', async () => {
    const call = await delegated({
      agent: { endCallMessage: 'Goodbye.' },
      ears: { texts: ['Bye.', 'One more thing.'] },
      brain: { answers: [SO_LONG, 'What is it?'] },
    });
    assert.equal(call.actions.delegated.length, 1);
    const farewell = call.messages().findLast(({ role }) => role === 'agent');
    assert.equal(farewell?.message, 'Goodbye.');
    assert.ok((call.actions.delegated[0] ?? 0) >= (farewell?.endedAt ?? Number.POSITIVE_INFINITY));
    assert.deepEqual(call.pick('end'), []);
    call.line.speak(400);
    await call.run(3_000);
    assert.deepEqual(call.said().slice(-2), ['user: One more thing.', 'agent: What is it?']);
    assert.equal(call.actions.delegated.length, 1);
    await call.finish();
  });

  test('asks anew where it wants it again after the caller has spoken', async () => {
    const call = await delegated({
      ears: { texts: ['Bye.', 'Bye bye.'] },
      brain: { otherwise: SO_LONG },
    });
    call.line.speak(400);
    await call.run(3_000);
    assert.equal(call.actions.delegated.length, 2);
    await call.finish();
  });

  test('asks once where it both says a phrase of the end and calls the tool', async () => {
    const call = await delegated({
      agent: { endCallPhrases: ['so long'] },
      ears: { texts: ['Bye.'] },
      brain: { answers: [SO_LONG] },
    });
    assert.equal(call.actions.delegated.length, 1);
    assert.deepEqual(call.pick('end'), []);
    await call.finish();
  });

  test('ends the call by itself where both are silent for too long', async () => {
    const call = await delegated({
      agent: { silenceTimeoutSeconds: 10 },
      ears: { texts: ['Bye.'] },
      brain: { answers: [SO_LONG] },
    });
    await call.run(11_000);
    assert.deepEqual(call.pick('end'), [{ type: 'end', reason: 'silence-timed-out' }]);
    await call.finish();
  });

  test('asks nothing where its part is over before its last words were', async () => {
    const call = setUpConversation({
      agent: { endCallPhrases: ['so long'] },
      actions: { hangsUpElsewhere: true },
      ears: { texts: ['Bye.'] },
      brain: { answers: ['So long, and thank you for all of it.'] },
    });
    await call.conversation.start();
    call.line.speak(400);
    await call.run(1_500);
    const released = call.conversation.release('rolling-history');
    await call.run(4_000);
    await released;
    assert.ok(call.said().includes('agent: So long, and thank you for all of it.'));
    assert.deepEqual(call.actions.delegated, []);
    await call.finish();
  });
});

test('a caller whose forwarding is the task of others stays with the agent, which says no more of it', async () => {
  const call = await delegated({
    ears: { texts: ['Sales please.', 'Hello?'] },
    brain: { answers: [[callTool('transferCall', { destination: SALES })], 'One moment.'] },
  });
  assert.equal(call.actions.moves.length, 1);
  assert.equal(call.brain.requests.length, 1);
  assert.match(call.said().at(-1) ?? '', /^tool-result: It was asked for/);
  call.line.speak(400);
  await call.run(3_000);
  assert.equal(call.said().at(-1), 'agent: One moment.');
  await call.finish();
});
