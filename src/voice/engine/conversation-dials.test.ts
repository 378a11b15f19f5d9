import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ORIGIN, setUpConversation } from '../../../test/support/fake-conversation.ts';
import type { ConversationDials } from '../../domain/agents/agent.ts';
import { CONTEXT_VARIABLE } from './context-names.ts';

/** How long the fake voice speaks the question, in milliseconds. */
const QUESTION = 'Are you still there?';
const QUESTION_MS = QUESTION.length * 50;

/** A name as Vocode's prompts write it. */
const slot = (name: string) => `\${${name}}`;

const withDials = (dials: ConversationDials, more: Parameters<typeof setUpConversation>[0] = {}) =>
  setUpConversation({ ...more, agent: { ...more?.agent, dials } });

describe('the first message', () => {
  test('is heard after the delay, not before', async () => {
    const { conversation, run, pick, finish } = withDials(
      { initialMessageDelayMs: 1500 },
      { agent: { firstMessage: 'Hello.' } },
    );
    await conversation.start();
    await run(1400);
    assert.deepEqual(pick('speech'), []);
    await run(200);
    assert.deepEqual(
      pick('speech').map(({ status, at }) => [status, at - ORIGIN]),
      [['started', 1500]],
    );
    await finish();
  });

  test('comes at once from an agent that takes over', async () => {
    const { conversation, run, pick, finish } = withDials(
      { initialMessageDelayMs: 1500 },
      { agent: { firstMessage: 'Hello.' }, inherited: [] },
    );
    await conversation.start();
    await run(100);
    assert.equal(pick('speech')[0]?.at, ORIGIN);
    await finish();
  });
});

describe('silence on both sides', () => {
  test('makes the agent ask, as often as it is set to, and then ends the call', async () => {
    const { conversation, run, said, pick, finish } = withDials({
      idleTimeSeconds: 2,
      askIfPresentOnIdle: true,
      maxIdleChecks: 2,
    });
    await conversation.start();
    await run(2 * (2000 + QUESTION_MS) + 500);
    assert.deepEqual(said(), [`agent: ${QUESTION}`, `agent: ${QUESTION}`]);
    assert.deepEqual(pick('end'), []);
    await run(2000);
    assert.deepEqual(
      pick('end').map(({ reason }) => reason),
      ['silence-timed-out'],
    );
    await finish();
  });

  test('begins anew once the caller has said something', async () => {
    const { conversation, line, run, said, pick, finish } = withDials(
      { idleTimeSeconds: 2, askIfPresentOnIdle: true },
      { ears: { texts: ['Yes, I am.'] }, brain: { answers: ['Good.'] } },
    );
    await conversation.start();
    await run(2100 + QUESTION_MS);
    line.speak(400);
    await run(5000 + QUESTION_MS);
    assert.deepEqual(said(), [
      `agent: ${QUESTION}`,
      'user: Yes, I am.',
      'agent: Good.',
      `agent: ${QUESTION}`,
    ]);
    assert.deepEqual(pick('end'), []);
    await finish();
  });

  test('makes a muted agent say nothing, and the call still ends', async () => {
    const { conversation, run, said, pick, finish } = withDials({
      idleTimeSeconds: 2,
      askIfPresentOnIdle: true,
    });
    await conversation.start();
    conversation.mute(true);
    await run(4500);
    assert.deepEqual(said(), []);
    assert.equal(pick('end').length, 1);
    await finish();
  });

  test('asks in the language of the agent', async () => {
    const { conversation, run, said, finish } = withDials(
      { idleTimeSeconds: 1, askIfPresentOnIdle: true },
      { agent: { transcriber: { provider: 'fake', language: 'de-DE', settings: {} } } },
    );
    await conversation.start();
    await run(2500);
    assert.deepEqual(said(), ['agent: Sind Sie noch da?']);
    await finish();
  });
});

describe('an agent that is not interruptible', () => {
  test('says all it has to say, and answers afterwards', async () => {
    const long = 'This sentence goes on for two seconds, you see.';
    const { conversation, line, run, said, finish } = withDials(
      { interruptible: false },
      {
        ears: { texts: ['Tell me more.', 'Stop it now please.'] },
        brain: { answers: [long, 'I have stopped.'] },
      },
    );
    await conversation.start();
    line.speak(400);
    await run(1800);
    line.speak(400);
    await run(6000);
    assert.deepEqual(said(), [
      'user: Tell me more.',
      `agent: ${long}`,
      'user: Stop it now please.',
      'agent: I have stopped.',
    ]);
    await finish();
  });
});

describe('the context of a call', () => {
  const agent = {
    firstMessage: `Hello ${slot('name')} from ${slot('city')}, {{ name }}.`,
    brain: {
      provider: 'fake',
      messages: [{ role: 'system' as const, content: `The caller is ${slot(' name ')}.` }],
      tools: [],
      toolIds: [],
      settings: {},
    },
  };

  test('fills names in the prompt and the first message, and leaves out what it lacks', async () => {
    const { conversation, line, run, said, brain, finish } = setUpConversation({
      agent,
      variables: { name: 'header', [CONTEXT_VARIABLE]: { name: 'Ann {{ now }}' } },
      ears: { texts: ['Hi.'] },
      brain: { answers: ['Hi.'] },
    });
    await conversation.start();
    await run(3000);
    assert.deepEqual(said(), ['agent: Hello Ann {{ now }} from , header.']);
    line.speak(400);
    await run(2000);
    assert.equal(brain.requests[0]?.messages[0]?.content, 'The caller is Ann {{ now }}.');
    await finish();
  });

  test('is not looked for in a call without one', async () => {
    const { conversation, run, said, finish } = setUpConversation({ agent, variables: { name: 'Ann' } });
    await conversation.start();
    await run(3000);
    assert.deepEqual(said(), [`agent: Hello ${slot('name')} from ${slot('city')}, Ann.`]);
    await finish();
  });
});
