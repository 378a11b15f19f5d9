import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  brainWith,
  callTool,
  type FakeConversationSetting,
  setUpConversation,
} from '../../../test/support/fake-conversation.ts';
import type { AgentTool, ToolDestination } from '../../domain/agents/agent.ts';
import type { MoveResult } from '../tools/contract.ts';

const sales: ToolDestination = { type: 'sip', sipUri: 'sip:sales@example.com' };
const chef: ToolDestination = { type: 'agent', agentName: 'Chef', settings: {} };
const transfer = (...destinations: ToolDestination[]): AgentTool => ({
  type: 'transferCall',
  destinations,
  settings: {},
});

async function ask(tool: AgentTool, input: unknown, setting: FakeConversationSetting = {}, name?: string) {
  const call = setUpConversation({
    ears: { texts: ['Sales please.'] },
    brain: { answers: [[callTool(name ?? tool.type, input)]], otherwise: 'Sorry about that.' },
    actions: {},
    ...setting,
    agent: { brain: brainWith({ tools: [tool] }), startSpeakingPlan: { waitSeconds: 0 }, ...setting.agent },
  });
  await call.conversation.start();
  call.line.speak(400);
  return call;
}

const agentSaid = (call: { said(): string[] }) => call.said().filter((line) => line.startsWith('agent'));

test('a transfer is announced, then made once that was heard, and nothing more is asked of the brain', async () => {
  const call = await ask(transfer(sales), { destination: sales.sipUri });
  await call.run(6000);
  const heardAt = call.messages().find(({ role }) => role === 'agent')?.endedAt ?? Number.POSITIVE_INFINITY;
  assert.deepEqual(
    call.actions.moves.map(({ destination, toolCallId }) => ({ destination, toolCallId })),
    [{ destination: sales, toolCallId: 'c1' }],
  );
  assert.ok((call.actions.moves[0]?.at ?? 0) >= heardAt);
  assert.deepEqual(call.said(), [
    'user: Sales please.',
    'tool-call: {"destination":"sip:sales@example.com"}',
    'agent: Transferring the call now.',
    'tool-result: The caller was transferred.',
  ]);
  assert.equal(call.brain.requests.length, 1);
  assert.equal(call.pick('end').length, 0, 'the call goes on with somebody else');
  await call.finish();
});

test('whoever is called into the call is no end of the part of the agent, who speaks on', async () => {
  const tool: AgentTool = { ...transfer(sales), type: 'addToConference' };
  const setting = { actions: { move: { moved: false, joined: true } as const } };
  const call = await ask(tool, { destination: sales.sipUri }, setting);
  await call.run(6000);
  assert.deepEqual(call.said().slice(2), [
    'tool-result: Whoever was called has joined: the caller, you and they hear each other.',
    'agent: Sorry about that.',
  ]);
  await call.finish();
});

const start = { type: 'request-start' as const, content: 'I put you through.' };
const words: [string, AgentTool, string[]][] = [
  ["the destination's own words", transfer({ ...sales, message: 'To sales, {{name}}.' }), ['To sales, Ada.']],
  ['silence where they are empty', transfer({ ...sales, message: '' }), []],
  ["the tool's start message", { ...transfer(sales), messages: [start] }, ['I put you through.']],
  [
    "the destination's words before the tool's",
    {
      ...transfer({ ...sales, message: { contents: [{ language: 'en', text: 'Sales.' }] } }),
      messages: [start],
    },
    ['Sales.'],
  ],
  ['our own sentence for another agent, too', transfer(chef), ['Transferring the call now.']],
  ['nothing in a handoff', { ...transfer(chef), type: 'handoff', name: 'handoff' }, []],
];
for (const [name, tool, said] of words) {
  test(`before a transfer the caller hears ${name}`, async () => {
    const call = await ask(tool, {}, { variables: { name: 'Ada' } });
    await call.run(6000);
    assert.deepEqual(
      agentSaid(call),
      said.map((text) => `agent: ${text}`),
    );
    assert.equal(call.actions.moves.length, 1);
    await call.finish();
  });
}

test('where the server is to say where to, the start message bridges that, and the server has the last word', async () => {
  const dynamic: AgentTool = { type: 'transferCall', settings: {}, messages: [start] };
  const call = await ask(
    dynamic,
    {},
    {
      actions: { choice: { destination: sales, message: 'Off you go.' }, chooseMs: 3000 },
    },
  );
  await call.run(9000);
  assert.deepEqual(agentSaid(call), ['agent: I put you through.', 'agent: Off you go.']);
  assert.equal(call.actions.moves.length, 1);
  await call.finish();
});

test('nothing that the caller says stops a transfer that was announced', async () => {
  const call = await ask(
    transfer(sales),
    {},
    {
      ears: { texts: ['Sales please.', 'Are you still there?'] },
      actions: { moveMs: 8000 },
    },
  );
  await call.run(1200);
  call.line.speak(600);
  await call.run(5000);
  assert.deepEqual(agentSaid(call), ['agent: Transferring the call now.']);
  assert.equal(call.brain.requests.length, 1, 'nobody answers while it is being made');
  assert.equal(call.pick('delayed').length, 0, 'the far end rings; the agent is not slow');
  await call.run(4000);
  assert.match(call.said().join('\n'), /tool-result: The caller was transferred/);
  await call.finish();
  assert.equal(call.said().at(-1), 'user: Are you still there?', 'kept for the record');
});

test('a transfer that fails leaves the caller with the agent, who can be interrupted again and answers what came meanwhile', async () => {
  const call = await ask(
    transfer(sales),
    {},
    {
      ears: { texts: ['Sales please.', 'Are you still there?'] },
      actions: { move: { moved: false, error: 'busy' }, moveMs: 3000 },
    },
  );
  await call.run(3000);
  call.line.speak(600);
  await call.run(9000);
  assert.deepEqual(call.brain.requests[1]?.messages.at(-1), {
    role: 'tool',
    toolCallId: 'c1',
    name: 'transferCall',
    content: 'Error: busy',
  });
  assert.equal(call.said().at(-1), 'agent: Sorry about that.');
  assert.ok(call.said().includes('user: Are you still there?'));
  await call.finish();
});

test('a failed message stands in for the brain, and a destination that is not there is told to it', async () => {
  const messages = [{ type: 'request-failed' as const, content: 'Nobody is in.' }];
  const failing = await ask(
    { ...transfer(sales), messages },
    {},
    {
      actions: { move: { moved: false, error: 'no answer' } },
    },
  );
  await failing.run(6000);
  assert.equal(failing.said().at(-1), 'agent: Nobody is in.');
  assert.equal(failing.brain.requests.length, 1);
  await failing.finish();

  const unknown = await ask(transfer(sales, chef), { destination: 'the moon' });
  await unknown.run(6000);
  assert.match(unknown.said().join('\n'), /tool-result: Error: no such destination/);
  assert.deepEqual(agentSaid(unknown), ['agent: Sorry about that.'], 'no transfer was announced');
  assert.equal(unknown.actions.moves.length, 0);
  await unknown.finish();
});

test('words of the caller while the server is asked where to take the turn back: he is not moved', async () => {
  const call = await ask(
    { type: 'transferCall', settings: {} },
    {},
    {
      ears: { texts: ['Sales please.', 'No, wait.'] },
      actions: { choice: { destination: sales }, chooseMs: 3000 },
    },
  );
  await call.run(1500);
  call.line.speak(500);
  await call.run(6000);
  assert.equal(call.actions.moves.length, 0);
  assert.equal(call.brain.requests.length, 2);
  await call.finish();
});

test('a move behind a function of the same answer waits for it, and is left out when the caller speaks meanwhile', async () => {
  for (const speaks of [false, true]) {
    const book: AgentTool = {
      type: 'function',
      name: 'book',
      settings: {},
      messages: [{ type: 'request-complete', content: 'It is booked.' }],
    };
    const call = setUpConversation({
      agent: { brain: brainWith({ tools: [book, transfer(sales)] }), startSpeakingPlan: { waitSeconds: 0 } },
      ears: { texts: ['Book it and put me through.', 'No, wait.'] },
      brain: {
        answers: [[callTool('transferCall', {}, 't'), callTool('book', {}, 'b')]],
        otherwise: 'I wait.',
      },
      actions: { serverMs: 4000 },
    });
    await call.conversation.start();
    call.line.speak(400);
    await call.run(1500);
    assert.equal(call.actions.chosen.length, 0);
    if (speaks) call.line.speak(600);
    await call.run(8000);
    assert.equal(call.actions.moves.length, speaks ? 0 : 1);
    const result = call
      .messages()
      .find(({ role, toolCall }) => role === 'tool-result' && toolCall?.id === 't');
    assert.match(result?.message ?? '', speaks ? /the caller spoke before/ : /was transferred/);
    const said = agentSaid(call).slice(1);
    assert.deepEqual(
      said,
      speaks ? ['agent: I wait.'] : ['agent: It is booked.', 'agent: Transferring the call now.'],
    );
    await call.finish();
  }
});

test('of several moves in one answer the first that works is the last', async () => {
  const messages = [{ type: 'request-failed' as const, content: 'No luck.' }];
  const call = setUpConversation({
    agent: { brain: brainWith({ tools: [{ ...transfer(sales, chef), messages }] }) },
    ears: { texts: ['Sales please.'] },
    brain: {
      answers: [
        [
          callTool('transferCall', { destination: 'Chef' }, 'a'),
          callTool('transferCall', { destination: sales.sipUri }, 'b'),
        ],
      ],
    },
    actions: {
      move: async ({ type }): Promise<MoveResult> =>
        type === 'agent' ? { moved: true } : { moved: false, error: 'x' },
    },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(6000);
  assert.deepEqual(
    call.actions.moves.map(({ toolCallId }) => toolCallId),
    ['a'],
  );
  assert.deepEqual(agentSaid(call), ['agent: Transferring the call now.']);
  assert.deepEqual(
    call.messages().flatMap(({ role, toolCall }) => (role === 'tool-result' ? [toolCall] : [])),
    [
      { id: 'a', name: 'transferCall', result: 'The caller was transferred.' },
      { id: 'b', name: 'transferCall', result: 'Error: the caller is not here any more.', failed: true },
    ],
  );
  await call.finish();
});

test('a handoff within a tool gives the history with the call of the tool and its result, and closes the agent', async () => {
  const handoff: AgentTool = { type: 'handoff', destinations: [chef], settings: {} };
  const call = setUpConversation({
    agent: {
      firstMessage: 'Hello.',
      brain: brainWith({ tools: [handoff], messages: [{ role: 'system', content: 'A' }] }),
    },
    ears: { texts: ['The chef please.'] },
    brain: { answers: [[{ type: 'text', text: 'Of course.' }, callTool('handoff_to_Chef', {}, 'h1')]] },
    actions: {
      move: async () => {
        handed = await call.conversation.release('swap-system-message-in-history', 'h1');
        return { moved: true };
      },
    },
  });
  let handed: unknown;
  await call.conversation.start();
  await call.run(1000);
  call.line.speak(400);
  await call.run(6000);
  assert.deepEqual(handed, [
    { role: 'assistant', content: 'Hello.' },
    { role: 'user', content: 'The chef please.' },
    {
      role: 'assistant',
      content: 'Of course.',
      toolCalls: [{ id: 'h1', name: 'handoff_to_Chef', arguments: {} }],
    },
    { role: 'tool', toolCallId: 'h1', name: 'handoff_to_Chef', content: 'The caller was handed over.' },
  ]);
  assert.equal(call.said().at(-1), 'tool-result: The caller was handed over.');
  assert.equal(call.pick('warning').length, 0);
  await call.finish();
});

test('a release from outside lets what is being said end, and stops the thought', async () => {
  const call = setUpConversation({
    agent: { startSpeakingPlan: { waitSeconds: 0 } },
    ears: { texts: ['Tell me all.'] },
    brain: {
      answers: [
        [
          { type: 'text', text: 'One sentence. Second ' },
          { type: 'text', text: 'sentence. And third.' },
        ],
      ],
      chunkMs: 5000,
    },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(900);
  const releasing = call.conversation.release({ type: 'all' });
  await call.run(3000);
  assert.deepEqual(await releasing, [
    { role: 'user', content: 'Tell me all.' },
    { role: 'assistant', content: 'One sentence.' },
  ]);
  assert.equal(await call.conversation.release('delete-history'), await releasing, 'released once');
  assert.equal(call.pick('interrupted').length, 0);
  await call.conversation.say('x');
  await call.run(1000);
  assert.equal(agentSaid(call).length, 1, 'it says nothing any more');
  await call.finish();
});

test('what the caller was saying when the agent was released is handed over and recorded, once', async () => {
  const call = setUpConversation();
  await call.conversation.start();
  call.ears.stream.give('I would like', { isFinal: false });
  const releasing = call.conversation.release('rolling-history');
  await call.run(1000);
  assert.deepEqual(await releasing, [{ role: 'user', content: 'I would like' }]);
  await call.finish();
  assert.deepEqual(call.said(), ['user: I would like']);
});

test('the agent that takes over says its first message, or goes on by itself, with the history of the one before', async () => {
  const inherited = [{ role: 'user' as const, content: 'The chef please.' }];
  const prompt = brainWith({ messages: [{ role: 'system', content: 'B' }] });
  for (const [agent, said] of [
    [{ firstMessage: 'Chef here.' }, 'agent: Chef here.'],
    [{}, 'agent: Bonjour.'],
    [{ firstMessage: 'Chef here.', firstMessageMode: 'assistant-waits-for-user' as const }, undefined],
  ] as const) {
    const call = setUpConversation({
      agent: { brain: prompt, ...agent },
      inherited,
      turnsBefore: 4,
      ears: { texts: ['Hi.'] },
      brain: { otherwise: 'Bonjour.' },
    });
    await call.conversation.start();
    await call.run(2000);
    assert.equal(call.said()[0], said);
    call.line.speak(400);
    await call.run(3000);
    assert.deepEqual(call.brain.requests[0]?.messages.slice(0, 2), [
      { role: 'system', content: 'B' },
      ...inherited,
    ]);
    assert.equal(call.pick('turn')[0]?.latency.turn, 5, 'turns are counted on');
    assert.equal(call.pick('speech').at(-1)?.turn, 5);
    await call.finish();
  }
});

test('an agent that takes over with an empty history speaks first, too', async () => {
  const call = setUpConversation({ inherited: [], brain: { answers: ['Hello again.'] } });
  await call.conversation.start();
  await call.run(2000);
  assert.deepEqual(call.said(), ['agent: Hello again.']);
  await call.finish();
});
