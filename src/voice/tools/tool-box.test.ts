import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentTool } from '../../domain/agents/agent.ts';
import type { LineTool } from './contract.ts';
import { createToolBox } from './tool-box.ts';

const tool = (type: string, more: Partial<AgentTool> = {}): AgentTool => ({ type, settings: {}, ...more });

function line() {
  const done: string[] = [];
  return {
    done,
    endCall: () => done.push('end'),
    sendDtmf: (digits: string) => done.push(digits),
    holdCaller: () => {
      done.push('hold');
      return 'waits' as const;
    },
  };
}

function lineTool(type: string): LineTool {
  const live = createToolBox([tool(type)], false).find(type);
  assert.equal(live?.kind, 'line');
  return live as LineTool;
}

test('the model is told only of tools that work, with names and parameters of ours or of the agent', () => {
  const box = createToolBox(
    [tool('endCall'), tool('dtmf', { name: 'press', description: 'P' }), tool('query'), tool('constructor')],
    true,
  );
  assert.deepEqual(
    box.definitions.map(({ name, description }) => [name, typeof description]),
    [
      ['endCall', 'string'],
      ['press', 'string'],
    ],
  );
  assert.equal(box.definitions[1]?.description, 'P');
  assert.deepEqual(box.unavailable, ['query', 'constructor']);
  assert.equal(box.find('toString'), undefined);
});

test('functions and other tools with a server run there, transfers and handoffs move; all of it needs a call that offers it', () => {
  const tools = [
    tool('function', { name: 'book', description: 'Books.' }),
    tool('bash', { name: 'shell', server: { url: 'https://customer.example' } }),
    tool('transferCall'),
    tool('handoff'),
    tool('function'),
  ];
  const box = createToolBox(tools, true);
  assert.deepEqual(
    box.definitions.map(({ name = '' }) => [name, box.find(name)?.kind]),
    [
      ['book', 'server'],
      ['shell', 'server'],
      ['transferCall', 'move'],
      ['handoff_to_assistant', 'move'],
    ],
  );
  assert.equal(box.find('book')?.tool, tools[0]);
  assert.deepEqual(box.unavailable, ['function'], 'one without a name cannot be called');
  assert.deepEqual(createToolBox(tools, false).definitions, []);
});

test('endCall ends the call and the turn', () => {
  const calls = line();
  assert.equal(lineTool('endCall').run({}, calls).endsTurn, true);
  assert.deepEqual(calls.done, ['end']);
});

for (const [input, expected] of [
  [{ dtmf: '1w204#' }, '1w204#'],
  [{ digits: '12 34-5' }, '12345'],
  [{ keys: 'ab*' }, 'AB*'],
  [{ dtmf: 42 }, '42'],
] as const) {
  test(`dtmf presses ${expected} for ${JSON.stringify(input)}`, () => {
    const calls = line();
    const result = lineTool('dtmf').run(input, calls);
    assert.deepEqual(calls.done, [expected]);
    assert.doesNotMatch(result.content, /^Error/);
    assert.equal(result.endsTurn, undefined);
    assert.equal(result.failed, undefined);
  });
}

for (const input of [
  undefined,
  null,
  'x',
  {},
  { dtmf: '' },
  { dtmf: '1;2' },
  { dtmf: '1\r\n2!' },
  { dtmf: '1'.repeat(65) },
]) {
  test(`dtmf presses nothing and tells the model why for ${JSON.stringify(input)?.slice(0, 30)}`, () => {
    const calls = line();
    const result = lineTool('dtmf').run(input, calls);
    assert.match(result.content, /^Error/);
    assert.equal(result.failed, true);
    assert.deepEqual(calls.done, []);
  });
}
