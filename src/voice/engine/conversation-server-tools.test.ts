import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  brainWith,
  callTool,
  endCall,
  type FakeConversationSetting,
  setUpConversation,
} from '../../../test/support/fake-conversation.ts';
import type { AgentTool, ToolMessage } from '../../domain/agents/agent.ts';
import type { ServerToolResult } from '../tools/contract.ts';

const BOOK: AgentTool = { type: 'function', name: 'book', settings: {} };

/** A call in which the caller asks once and the brain calls tools, then says `Done.` if it is asked again. */
async function ask(
  tools: AgentTool[],
  calls: ReturnType<typeof callTool>[],
  setting: FakeConversationSetting = {},
) {
  const call = setUpConversation({
    ears: { texts: ['Book it.'] },
    brain: { answers: [calls], otherwise: 'Done.' },
    actions: {},
    ...setting,
    agent: { brain: brainWith({ tools }), startSpeakingPlan: { waitSeconds: 0 }, ...setting.agent },
  });
  await call.conversation.start();
  call.line.speak(400);
  return call;
}

const withMessages = (...messages: ToolMessage[]): AgentTool => ({ ...BOOK, messages });
const agentSaid = (call: { said(): string[] }) => call.said().filter((line) => line.startsWith('agent'));

test('a function is run by the server while a filler is said, and the model goes on with its result', async () => {
  const call = await ask([BOOK], [callTool('book', { guests: 4 })], {
    actions: { serverMs: 2000, answer: () => ({ result: 'Table 7.' }) },
  });
  await call.run(6000);
  assert.deepEqual(call.actions.served[0]?.calls, [
    { id: 'c1', tool: BOOK, name: 'book', arguments: { guests: 4 } },
  ]);
  assert.deepEqual(call.said(), [
    'user: Book it.',
    'tool-call: {"guests":4}',
    'agent: One moment, please.',
    'tool-result: Table 7.',
    'agent: Done.',
  ]);
  assert.deepEqual(call.brain.requests[1]?.messages.slice(1), [
    {
      role: 'assistant',
      content: 'One moment, please.',
      toolCalls: [{ id: 'c1', name: 'book', arguments: { guests: 4 } }],
    },
    { role: 'tool', toolCallId: 'c1', name: 'book', content: 'Table 7.' },
  ]);
  await call.finish();
});

test('what the brain gave is told once an answer is complete, with its words and its calls', async () => {
  const call = await ask([BOOK], [callTool('book', {})]);
  await call.run(4000);
  const [first, second] = call.pick('model-output');
  assert.deepEqual(first?.output, { text: '', toolCalls: [{ id: 'c1', name: 'book', arguments: {} }] });
  assert.deepEqual(second?.output, { text: 'Done.', toolCalls: [] });
  assert.equal(first?.turnId, second?.turnId, 'both belong to one turn');
  await call.finish();
});

test('all functions of one answer reach the server together', async () => {
  const tools = [BOOK, { ...BOOK, name: 'pay' }];
  const call = await ask(tools, [callTool('book', {}, 'a'), callTool('pay', {}, 'b')]);
  await call.run(3000);
  assert.deepEqual(
    call.actions.served.map(({ calls }) => calls.map(({ id }) => id)),
    [['a', 'b']],
  );
  await call.finish();
});

test('a model that announces the call itself, or a tool with an empty start message, needs no filler', async () => {
  for (const [tool, text] of [
    [BOOK, 'I am looking it up.'],
    [withMessages({ type: 'request-start', content: '' }), ''],
  ] as const) {
    const call = setUpConversation({
      agent: { brain: brainWith({ tools: [tool] }) },
      ears: { texts: ['Book it.'] },
      brain: { answers: [[{ type: 'text', text }, callTool('book', {})]], otherwise: 'Done.' },
      actions: {},
    });
    await call.conversation.start();
    call.line.speak(400);
    await call.run(4000);
    assert.deepEqual(agentSaid(call), [...(text ? [`agent: ${text}`] : []), 'agent: Done.']);
    await call.finish();
  }
});

test('the start message is the one whose conditions hold, in the language of the agent, with its variables', async () => {
  const call = await ask(
    [
      withMessages(
        {
          type: 'request-start',
          content: 'no',
          conditions: [{ operator: 'lt', param: 'guests', value: '3' }],
        },
        {
          type: 'request-start',
          contents: [
            { language: 'en', text: 'A table.' },
            { language: 'de', text: 'Ein Tisch für {{name}}.' },
          ],
          conditions: [{ operator: 'gte', param: 'guests', value: '3' }],
        },
      ),
    ],
    [callTool('book', { guests: 4 })],
    {
      agent: { transcriber: { provider: 'x', language: 'de', settings: {} } },
      variables: { name: 'Ada' },
    },
  );
  await call.run(4000);
  assert.equal(agentSaid(call)[0], 'agent: Ein Tisch für Ada.');
  await call.finish();
});

test('a blocking start message is heard before the server is called; another is not waited for', async () => {
  for (const blocking of [true, false]) {
    const call = await ask(
      [withMessages({ type: 'request-start', content: 'I book it now.', blocking })],
      [callTool('book', {})],
    );
    await call.run(4000);
    const heardAt = call.messages().find(({ role }) => role === 'agent')?.endedAt ?? 0;
    const calledAt = call.actions.served[0]?.at ?? Number.POSITIVE_INFINITY;
    assert.equal(calledAt >= heardAt, blocking);
    await call.finish();
  }
});

test('a blocking start message that is cut runs nothing, and the model learns it', async () => {
  const call = await ask(
    [withMessages({ type: 'request-start', content: 'I am going to book it for you now.', blocking: true })],
    [callTool('book', {})],
    { ears: { texts: ['Book it.', 'No, wait.'] } },
  );
  await call.run(1200);
  call.line.speak(500);
  await call.run(4000);
  assert.equal(call.actions.served.length, 0);
  assert.match(call.said().join('\n'), /tool-result: Error: the caller spoke before/);
  assert.equal(call.said().at(-1), 'agent: Done.');
  await call.finish();
});

test('delayed messages are said each after its time, one of those with the same time, and none once the answer is there', async () => {
  const delayed = (content: string, timingMilliseconds: number): ToolMessage => ({
    type: 'request-response-delayed',
    content,
    timingMilliseconds,
  });
  const call = await ask(
    [
      withMessages(
        { type: 'request-start', content: '' },
        delayed('Still here.', 1000),
        delayed('Not gone.', 1000),
        delayed('Any second.', 3000),
        delayed('Too late.', 9000),
      ),
    ],
    [callTool('book', {})],
    { actions: { serverMs: 5000 } },
  );
  await call.run(12_000);
  assert.deepEqual(agentSaid(call), ['agent: Still here.', 'agent: Any second.', 'agent: Done.']);
  await call.finish();
});

const complete: ToolMessage = { type: 'request-complete', content: 'It is booked.' };
const failed: ToolMessage = { type: 'request-failed', content: 'No luck today.' };
const outcomes: [string, ToolMessage[], Omit<ServerToolResult, 'id'>, string[]][] = [
  ['a complete message is said instead of asking the model', [complete], { result: 'ok' }, ['It is booked.']],
  ['a failed message is said instead of asking the model', [failed], { error: 'x' }, ['No luck today.']],
  ['a failed message says nothing of a success', [failed], { result: 'ok' }, ['Done.']],
  ['a failure without a message is left to the model', [complete], { error: 'x' }, ['Done.']],
  ["the server's own words win", [complete], { result: 'ok', message: 'Table 7 it is.' }, ['Table 7 it is.']],
  ["the server's own words win of a failure", [failed], { error: 'x', message: 'Full.' }, ['Full.']],
  [
    "the server's message of the other kind counts for nothing",
    [complete],
    { result: 'ok', message: failed },
    ['It is booked.'],
  ],
  ["the server's message may be a whole one", [], { result: 'ok', message: complete }, ['It is booked.']],
  ['an empty text of the server is none', [complete], { result: 'ok', message: ' ' }, ['It is booked.']],
  ['an empty complete message says nothing', [{ ...complete, content: '' }], { result: 'ok' }, []],
];
for (const [name, messages, answer, said] of outcomes) {
  test(name, async () => {
    const start: ToolMessage = { type: 'request-start', content: '' };
    const call = await ask([withMessages(start, ...messages)], [callTool('book', {})], {
      actions: { answer: () => answer },
    });
    await call.run(4000);
    assert.deepEqual(
      agentSaid(call),
      said.map((text) => `agent: ${text}`),
    );
    assert.equal(call.brain.requests.length, said[0] === 'Done.' ? 2 : 1);
    assert.ok(!agentSaid(call).join().includes('x'));
    await call.finish();
  });
}

test('a message for the model is no word for the caller: it stands behind the result as a hint', async () => {
  const call = await ask(
    [withMessages({ type: 'request-complete', role: 'system', content: 'Offer dessert.' })],
    [callTool('book', {})],
  );
  await call.run(4000);
  assert.deepEqual(call.brain.requests[1]?.messages.at(-1), { role: 'system', content: 'Offer dessert.' });
  assert.equal(call.said().at(-1), 'agent: Done.');
  await call.finish();
});

test('a message that ends the call does so once it was heard', async () => {
  const call = await ask(
    [withMessages({ ...complete, endCallAfterSpokenEnabled: true })],
    [callTool('book', {})],
  );
  await call.run(6000);
  assert.equal(call.said().at(-1), 'agent: It is booked.');
  assert.deepEqual(call.pick('end'), [{ type: 'end', reason: 'assistant-ended-call' }]);
  await call.finish();
});

test('a function that runs in the background keeps nobody waiting, and not even the end of the call stops it', async () => {
  const call = await ask([{ ...BOOK, async: true }], [callTool('book', {})], { actions: { serverMs: 5000 } });
  await call.run(2500);
  assert.equal(call.actions.served.length, 1);
  assert.match(call.brain.requests[1]?.messages.at(-1)?.content ?? '', /^Accepted/);
  assert.deepEqual(agentSaid(call), ['agent: Done.'], 'no filler');
  await call.finishWith(5000);
  assert.equal(call.actions.served[0]?.signal.aborted, false);
});

test('an interruption does not stop a function: its result enters the history, and until then the model knows that it runs', async () => {
  const call = await ask([BOOK], [callTool('book', {})], {
    ears: { texts: ['Book it.', 'And tell me the time.'] },
    actions: { serverMs: 4000, answer: () => ({ result: 'Table 7.' }) },
  });
  await call.run(1500);
  call.line.speak(600);
  await call.run(2000);
  assert.equal(call.actions.served[0]?.signal.aborted, false);
  assert.deepEqual(
    call.brain.requests[1]?.messages.map(({ role, content }) => `${role}: ${content}`).slice(-2),
    ['tool: It is still running; there is no result yet.', 'user: And tell me the time.'],
  );
  await call.run(2000);
  assert.equal(call.said().at(-1), 'tool-result: Table 7.');
  assert.equal(call.brain.requests.length, 2, 'nothing more is said of it by itself');
  await call.finish();
});

test('a server that answers for another call, or a client that breaks, is an error for the model and not for the call', async () => {
  const silent = await ask([BOOK], [callTool('book', {})], { actions: { answer: () => undefined } });
  await silent.run(4000);
  assert.match(silent.said().join('\n'), /tool-result: Error: no result came/);
  await silent.finish();

  const broken = await ask([BOOK], [callTool('book', {})], { actions: { rejects: true } });
  await broken.run(4000);
  assert.match(broken.said().join('\n'), /tool-result: Error: it could not be run/);
  assert.deepEqual(
    broken.pick('warning').map(({ code, message }) => `${code} ${message}`),
    ['tool-failed the server client is broken'],
  );
  assert.equal(broken.said().at(-1), 'agent: Done.');
  await broken.finish();
});

test('endCall beside a function waits for its answer, and a caller who hangs up waits for nothing', async () => {
  const calls = [callTool('endCall', {}, 'a'), callTool('book', {}, 'b')];
  const call = await ask([BOOK, endCall], calls, { actions: { serverMs: 3000 } });
  await call.run(2500);
  assert.equal(call.pick('end').length, 0);
  await call.run(2500);
  assert.equal(call.pick('end').length, 1);
  await call.finish();

  const left = await ask([BOOK], [callTool('book', {})], { actions: { serverMs: 60_000 } });
  await left.run(1500);
  await left.finishWith(60_000);
  assert.equal(left.actions.served[0]?.signal.aborted, true);
});

test('a brain or a server that lets the caller wait is told once a turn, and not while the agent is heard', async () => {
  const call = await ask([BOOK], [callTool('book', {})], { actions: { serverMs: 12_000 } });
  await call.run(4000);
  assert.equal(call.pick('delayed').length, 0, 'the filler was heard meanwhile');
  await call.run(12_000);
  assert.equal(call.pick('delayed').length, 1);
  await call.finish();

  const slow = setUpConversation({ ears: { texts: ['Hi.'] }, brain: { answers: ['Yes.'], delayMs: 5000 } });
  await slow.conversation.start();
  slow.line.speak(400);
  await slow.run(4000);
  assert.equal(slow.pick('delayed').length, 0);
  await slow.run(1500);
  assert.equal(slow.pick('delayed').length, 1);
  await slow.run(20_000);
  assert.equal(slow.pick('delayed').length, 1, 'the silence of the caller is not that of the agent');
  await slow.finish();
});
