import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brainWith, callTool, setUpConversation } from '../../../test/support/fake-conversation.ts';
import type { AgentTool } from '../../domain/agents/agent.ts';
import type { MoveManner, MoveResult } from '../tools/contract.ts';

const DESK = { type: 'sip' as const, sipUri: 'sip:desk@example.com' };

const by = (phrase: string, tool: Partial<AgentTool> & { type: string }): AgentTool => ({
  settings: {},
  phraseTriggers: [{ phrase }],
  ...tool,
});
const transferBy = (phrase: string) => by(phrase, { type: 'transferCall', destinations: [DESK] });

/** A conversation whose caller says this and whose agent answers that. */
function talk(tools: AgentTool[], answers: string[], more: Parameters<typeof setUpConversation>[0] = {}) {
  const { agent, actions = {}, ...rest } = more;
  return setUpConversation({
    ears: { texts: ['Hello there.', 'Are you back?'] },
    brain: { answers },
    actions,
    ...rest,
    agent: { brain: brainWith({ tools }), ...agent },
  });
}

describe('a phrase of the agent', () => {
  test('runs a tool that the model knows nothing of, once all was heard', async () => {
    const { conversation, line, run, actions, brain, said, finish } = talk(
      [transferBy('connect you')],
      ['I will CONNECT   you now.'],
    );
    await conversation.start();
    line.speak(400);
    await run(1500);
    assert.deepEqual(actions.moves, []);
    await run(2000);
    assert.deepEqual(
      actions.moves.map(({ destination, manner }) => [destination, manner]),
      [[DESK, { waiting: 'ringback', agentStays: false }]],
    );
    assert.deepEqual(brain.requests[0]?.tools, []);
    assert.deepEqual(said().slice(0, 2), ['user: Hello there.', 'agent: I will CONNECT   you now.']);
    assert.equal(said().filter((line) => line.startsWith('agent:')).length, 1, 'nothing is said twice');
    await finish();
  });

  test('ends the call', async () => {
    const { conversation, line, run, pick, finish } = talk(
      [by('goodbye', { type: 'endCall' })],
      ['Well then, goodbye!'],
    );
    await conversation.start();
    line.speak(400);
    await run(4000);
    assert.deepEqual(
      pick('end').map(({ reason }) => reason),
      ['assistant-ended-call'],
    );
    await finish();
  });

  test('does nothing where the agent says something else, nor where the caller says it', async () => {
    const { conversation, line, run, actions, finish } = talk([transferBy('hello')], ['Good morning.']);
    await conversation.start();
    line.speak(400);
    await run(4000);
    assert.deepEqual(actions.moves, []);
    await finish();
  });

  test('that failed is told to the model, and what that says triggers nothing', async () => {
    const { conversation, line, run, actions, said, brain, finish } = talk(
      [transferBy('connect')],
      ['I connect you.', 'I could not connect you.'],
      { actions: { move: { moved: false, error: 'busy' } } },
    );
    await conversation.start();
    line.speak(400);
    await run(6000);
    assert.equal(actions.moves.length, 1);
    assert.equal(said().at(-1), 'agent: I could not connect you.');
    assert.match(brain.requests[1]?.messages.at(-1)?.content ?? '', /busy/);
    await finish();
  });

  test('in the first message counts as well', async () => {
    const { conversation, run, actions, finish } = talk([transferBy('please hold')], [], {
      agent: {
        firstMessage: 'Please hold the line.',
        brain: brainWith({ tools: [transferBy('please hold')] }),
      },
    });
    await conversation.start();
    await run(3000);
    assert.equal(actions.moves.length, 1);
    await finish();
  });
});

describe('a caller on hold', () => {
  const hold = by('one moment', { type: 'setHold' });

  test('hears music once the agent has spoken, until he says something', async () => {
    const { conversation, line, run, actions, said, pick, finish } = talk(
      [hold],
      ['One moment, please.', 'I am back.'],
      { agent: { brain: brainWith({ tools: [hold] }), silenceTimeoutSeconds: 3 } },
    );
    await conversation.start();
    line.speak(400);
    await run(10_000);
    assert.deepEqual(
      actions.holds.map(({ held }) => held),
      [true],
    );
    assert.deepEqual(pick('end'), [], 'silence on hold ends no call');
    line.speak(400);
    await run(2500);
    assert.deepEqual(
      actions.holds.map(({ held }) => held),
      [true, false],
    );
    assert.equal(said().at(-1), 'agent: I am back.');
    await run(4000);
    assert.equal(pick('end').length, 1, 'silence counts again');
    await finish();
  });

  test('is asked after two minutes whether he is there', async () => {
    const { conversation, line, run, actions, said, finish } = talk([hold], ['One moment, please.']);
    await conversation.start();
    line.speak(400);
    await run(125_000);
    assert.deepEqual(
      actions.holds.map(({ held }) => held),
      [true, false],
    );
    assert.equal(said().at(-1), 'agent: Are you still there?');
    await finish();
  });

  test('hears music for no longer where the agent is muted and cannot ask, and his silence counts again', async () => {
    const { conversation, line, run, actions, said, pick, finish } = talk([hold], ['One moment, please.'], {
      agent: { brain: brainWith({ tools: [hold] }), silenceTimeoutSeconds: 3 },
    });
    await conversation.start();
    line.speak(400);
    await run(10_000);
    conversation.mute(true);
    await run(115_000);
    assert.deepEqual(
      actions.holds.map(({ held }) => held),
      [true, false],
    );
    assert.ok(!said().includes('agent: Are you still there?'));
    await run(4_000);
    assert.deepEqual(
      pick('end').map(({ reason }) => reason),
      ['silence-timed-out'],
    );
    await finish();
  });

  const manners: [string, AgentTool[], boolean | undefined, MoveManner][] = [
    [
      'hears music while somebody is called to join him',
      [],
      undefined,
      { waiting: 'music', agentStays: true },
    ],
    [
      'goes on waiting while the agent talks to whoever was called, if it can take him off hold',
      [hold],
      true,
      { waiting: 'music', agentStays: true, callerWaits: true },
    ],
    [
      'is not on hold where the conference is not to hold him',
      [hold],
      false,
      { waiting: 'ringback', agentStays: true },
    ],
  ];
  for (const [name, others, isHeld, expected] of manners)
    test(name, async () => {
      const settings = isHeld === undefined ? {} : { placePrimaryOnHold: isHeld };
      const join = by('one moment', { type: 'addToConference', destinations: [DESK], settings });
      const { conversation, line, run, actions, finish } = talk([...others, join], ['One moment, please.']);
      await conversation.start();
      line.speak(400);
      await run(4000);
      assert.deepEqual(
        actions.moves.map(({ manner }) => manner),
        [expected],
      );
      await finish();
    });

  test('is taken off hold once that was said to whoever was called, and not by a hold from before', async () => {
    let waits = false;
    const moved = async (): Promise<MoveResult> => {
      waits = true;
      return { moved: false, joined: true, callerWaits: true };
    };
    const join = by('one moment', { type: 'addToConference', destinations: [DESK] });
    const release = by('you are back', { type: 'setHold' });
    const { conversation, line, run, actions, said, brain, finish } = talk(
      [hold, join, release],
      ['One moment, please.', 'A caller has lost his bread.', 'You are back.'],
      { actions: { callerWaits: () => waits, move: moved } },
    );
    await conversation.start();
    line.speak(400);
    await run(7000);
    assert.equal(said().at(-1), 'agent: A caller has lost his bread.');
    assert.match(brain.requests[1]?.messages.at(-1)?.content ?? '', /hears you alone/);
    assert.deepEqual(actions.holds, [], 'the caller waits already');
    line.speak(400);
    await run(3000);
    assert.deepEqual(
      actions.holds.map(({ held }) => held),
      [true],
    );
    assert.match(said().at(-1) ?? '', /^tool-result: The caller is off hold/);
    await finish();
  });

  test('and brought back so lets silence count again', async () => {
    const tool = by('you are back', { type: 'setHold' });
    const { conversation, line, run, pick, finish } = talk([], ['You are back.'], {
      actions: { callerWaits: () => true },
      agent: { brain: brainWith({ tools: [tool] }), silenceTimeoutSeconds: 3 },
    });
    await conversation.start();
    line.speak(400);
    await run(7000);
    assert.equal(pick('end').length, 1);
    await finish();
  });

  test('may be put on hold by the model', async () => {
    const { conversation, line, run, actions, finish } = setUpConversation({
      ears: { texts: ['Wait a moment.'] },
      brain: { answers: [[{ type: 'text', text: 'Gladly.' }, callTool('setHold', {})]] },
      actions: {},
      agent: { brain: brainWith({ tools: [{ type: 'setHold', settings: {} }] }) },
    });
    await conversation.start();
    line.speak(400);
    await run(3000);
    assert.deepEqual(
      actions.holds.map(({ held }) => held),
      [true],
    );
    await finish();
  });
});

describe('an external action', () => {
  const external = (settings: Partial<NonNullable<AgentTool['external']>>): AgentTool => ({
    type: 'external',
    name: 'book',
    settings: {},
    external: {
      url: 'https://example.com',
      signatureSecret: undefined as never,
      speakOnSend: false,
      speakOnReceive: false,
      processingMode: 'muted',
      ...settings,
    },
  });
  const booked = (tool: AgentTool, answer: object, serverMs = 1000) =>
    setUpConversation({
      ears: { texts: ['Book it.', 'Wait, stop that.'] },
      brain: { answers: [[callTool('book', { day: 'Monday' })], 'It is booked.'] },
      actions: { answer: () => answer, serverMs },
      agent: { brain: brainWith({ tools: [tool] }) },
    });

  test('runs without a word where it is to speak neither before nor after', async () => {
    const { conversation, line, run, actions, said, finish } = booked(external({}), { result: '{}' });
    await conversation.start();
    line.speak(400);
    await run(5000);
    assert.equal(actions.served.length, 1);
    assert.equal(said().filter((text) => text.startsWith('agent')).length, 0);
    await finish();
  });

  test('bridges the wait, and says what the server wants said', async () => {
    const { conversation, line, run, said, finish } = booked(
      external({ speakOnSend: true, speakOnReceive: true }),
      { result: '{}', message: 'Monday it is.' },
    );
    await conversation.start();
    line.speak(400);
    await run(6000);
    const words = said().filter((text) => text.startsWith('agent'));
    assert.equal(words.length, 2);
    assert.equal(words[1], 'agent: Monday it is.');
    await finish();
  });

  test('leaves the words to the model where the server has none', async () => {
    const { conversation, line, run, said, finish } = booked(external({ speakOnReceive: true }), {
      result: '{}',
    });
    await conversation.start();
    line.speak(400);
    await run(5000);
    assert.equal(said().at(-1), 'agent: It is booked.');
    await finish();
  });

  test('is not interrupted while it runs', async () => {
    const { conversation, line, run, pick, said, finish } = booked(
      external({ speakOnReceive: true }),
      { result: '{}' },
      3000,
    );
    await conversation.start();
    line.speak(400);
    await run(1500);
    line.speak(400);
    await run(6000);
    assert.deepEqual(pick('interrupted'), []);
    assert.ok(said().includes('agent: It is booked.'));
    await finish();
  });
});

test('two transfers of one agent have two names', async () => {
  const tools: AgentTool[] = ['a', 'b'].map((user) => ({
    type: 'transferCall',
    destinations: [{ type: 'sip', sipUri: `sip:${user}@example.com` }],
    settings: {},
  }));
  const { conversation, line, run, brain, finish } = talk(tools, ['Yes.']);
  await conversation.start();
  line.speak(400);
  await run(2000);
  assert.deepEqual(
    brain.requests[0]?.tools.map(({ name }) => name),
    ['transferCall', 'transferCall_2'],
  );
  await finish();
});
