import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentTransferMode, ContextPlan } from '../../domain/agents/agent.ts';
import type { BrainMessage } from '../llm/contract.ts';
import { type HistoryParts, handedHistory, wholeHistory } from './handed-history.ts';

const system = (content: string): BrainMessage => ({ role: 'system', content });
const user = (content: string): BrainMessage => ({ role: 'user', content });
const agent = (content: string): BrainMessage => ({ role: 'assistant', content });
const calls = (content: string, ...names: string[]): BrainMessage => ({
  role: 'assistant',
  content,
  toolCalls: names.map((name) => ({ id: `id-${name}`, name, arguments: {} })),
});
const result = (name: string): BrainMessage => ({
  role: 'tool',
  toolCallId: `id-${name}`,
  name,
  content: 'ok',
});

/** One word a message, so that the tables below can be read. */
function told(messages: BrainMessage[]): string[] {
  return messages.map((message) => {
    const done = message.role === 'assistant' ? (message.toolCalls ?? []).map(({ name }) => `+${name}`) : [];
    const text = message.role === 'tool' ? `=${message.name}` : message.content;
    return [`${message.role[0]}:${text}`, ...done].join('');
  });
}

const parts: HistoryParts = {
  inherited: [user('i1'), agent('i2')],
  prompt: [system('A')],
  own: [
    agent('hi'),
    user('book'),
    calls('', 'book'),
    result('book'),
    system('hint'),
    user('sales'),
    calls('moving', 'transferCall'),
    result('transferCall'),
  ],
};
const isTransfer = ({ name }: { name: string }) => name === 'transferCall';

const whole = [
  'a:hi',
  'u:book',
  'a:+book',
  't:=book',
  's:hint',
  'u:sales',
  'a:moving+transferCall',
  't:=transferCall',
];
const table: [AgentTransferMode | ContextPlan, string[]][] = [
  ['rolling-history', ['s:A', 'u:i1', 'a:i2', ...whole]],
  ['swap-system-message-in-history', ['u:i1', 'a:i2', ...whole]],
  [
    'swap-system-message-in-history-and-remove-transfer-tool-messages',
    ['u:i1', 'a:i2', ...whole.slice(0, 6), 'a:moving'],
  ],
  ['delete-history', []],
  [{ type: 'all' }, ['u:i1', 'a:i2', ...whole]],
  [{ type: 'none' }, []],
  [{ type: 'userAndAssistantMessages' }, ['u:i1', 'a:i2', 'a:hi', 'u:book', 'u:sales', 'a:moving']],
  [{ type: 'previousAssistantMessages' }, ['u:i1', 'a:i2']],
  [{ type: 'lastNMessages', maxMessages: 3 }, whole.slice(-3)],
  [{ type: 'lastNMessages', maxMessages: 5 }, whole.slice(-3)],
  [{ type: 'lastNMessages', maxMessages: 1 }, []],
  [{ type: 'lastNMessages', maxMessages: 0 }, []],
  [{ type: 'lastNMessages', maxMessages: 99 }, ['u:i1', 'a:i2', ...whole]],
];

for (const [mode, expected] of table) {
  test(`handed over by ${typeof mode === 'string' ? mode : JSON.stringify(mode)}`, () =>
    assert.deepEqual(told(handedHistory(parts, mode, isTransfer)), expected));
}

test('a rolling history keeps the prompts in the order of their agents, over several handoffs', () => {
  const first = handedHistory({ ...parts, inherited: [] }, 'rolling-history', isTransfer);
  const second = { inherited: first, prompt: [system('B')], own: [agent('b')] };
  assert.deepEqual(told(wholeHistory(second)), ['s:A', ...whole, 's:B', 'a:b']);
  assert.deepEqual(told(handedHistory(second, 'rolling-history', isTransfer)), [
    's:A',
    ...whole,
    's:B',
    'a:b',
  ]);
});

test('a swap drops the prompts of all agents before, also of those that a rolling history had kept', () => {
  const inherited = [system('A'), user('i')];
  const swapped = handedHistory(
    { inherited, prompt: [system('B')], own: [agent('b')] },
    'swap-system-message-in-history',
    isTransfer,
  );
  assert.deepEqual(told(swapped), ['u:i', 'a:b']);
  assert.deepEqual(told(wholeHistory({ inherited: swapped, prompt: [system('C')], own: [] })), [
    's:C',
    'u:i',
    'a:b',
  ]);
});

test('a hint before the first word is not taken for a prompt of the agent before', () => {
  const handed = handedHistory(
    { inherited: [], prompt: [system('A')], own: [system('hint'), user('u')] },
    { type: 'all' },
    isTransfer,
  );
  assert.deepEqual(told(handed), ['u:u']);
});

test('calls of other tools in the same answer stay when those of the transfer are removed', () => {
  const own = [calls('', 'book', 'transferCall'), result('book'), result('transferCall')];
  const mode = 'swap-system-message-in-history-and-remove-transfer-tool-messages';
  const handed = handedHistory({ inherited: [], prompt: [], own }, mode, isTransfer);
  assert.deepEqual(told(handed), ['a:+book', 't:=book']);
});
