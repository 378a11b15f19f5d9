import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentTool } from '../../domain/agents/agent.ts';
import { createToolBox } from './tool-box.ts';

const tool = (type: string, more: Partial<AgentTool> = {}): AgentTool => ({ type, settings: {}, ...more });

function line() {
  const done: string[] = [];
  return { done, endCall: () => done.push('end'), sendDtmf: (digits: string) => done.push(digits) };
}

test('the model is told only of tools that work, with names and parameters of ours or of the agent', () => {
  const box = createToolBox([
    tool('endCall'),
    tool('dtmf', { name: 'press', description: 'P' }),
    tool('query'),
  ]);
  assert.deepEqual(
    box.definitions.map(({ name, description }) => [name, typeof description]),
    [
      ['endCall', 'string'],
      ['press', 'string'],
    ],
  );
  assert.equal(box.definitions[1]?.description, 'P');
  assert.deepEqual(box.unavailable, ['query']);
});

test('endCall ends the call and the turn', () => {
  const calls = line();
  assert.equal(createToolBox([tool('endCall')]).run('endCall', {}, calls).endsTurn, true);
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
    const result = createToolBox([tool('dtmf')]).run('dtmf', input, calls);
    assert.deepEqual(calls.done, [expected]);
    assert.doesNotMatch(result.content, /^Error/);
    assert.equal(result.endsTurn, undefined);
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
    assert.match(createToolBox([tool('dtmf')]).run('dtmf', input, calls).content, /^Error/);
    assert.deepEqual(calls.done, []);
  });
}

test('an unknown tool and a line that fails are errors for the model, not for us', () => {
  const box = createToolBox([tool('endCall'), tool('constructor')]);
  assert.match(box.run('fly', {}, line()).content, /no tool named "fly"/);
  const broken = {
    sendDtmf() {},
    endCall() {
      throw new Error('line is gone');
    },
  };
  assert.equal(box.run('endCall', {}, broken).content, 'Error: line is gone');
});
