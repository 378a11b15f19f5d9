import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ToolCondition } from '../../domain/agents/agent.ts';
import { conditionsHold } from './tool-conditions.ts';
import { messagesFor, wordsOf } from './tool-messages.ts';

const input = { city: 'Bern', guests: 4, when: '2026-03-01', vip: true, order: { total: '12.5' }, 'a.b': 1 };
const cases: [ToolCondition['operator'], string, unknown, boolean][] = [
  ['eq', 'city', 'Bern', true],
  ['eq', 'city', 'bern', false],
  ['neq', 'city', 'Basel', true],
  ['eq', 'guests', '4', true],
  ['gt', 'guests', '10', false],
  ['lt', 'guests', '10', true],
  ['gte', 'guests', 4, true],
  ['lte', 'guests', 3, false],
  ['gt', 'when', '2026-02-28', true],
  ['eq', 'vip', 'true', true],
  ['gt', 'order.total', '9', true],
  ['eq', 'a.b', '1', true],
  ['eq', 'nothing', '1', false],
  ['neq', 'nothing', '1', true],
  ['gt', 'order.nothing', '1', false],
  ['eq', 'constructor', 'x', false],
  ['eq', 'toString.name', 'toString', false],
];

for (const [operator, param, value, expected] of cases) {
  test(`condition ${param} ${operator} ${JSON.stringify(value)} is ${expected}`, () =>
    assert.equal(conditionsHold([{ operator, param, value }], input), expected));
}

test('all conditions must hold, none always does, and arguments that are no object have no values', () => {
  const city: ToolCondition = { operator: 'eq', param: 'city', value: 'Bern' };
  const many: ToolCondition = { operator: 'gt', param: 'guests', value: 9 };
  assert.equal(conditionsHold([city, many], input), false);
  assert.equal(conditionsHold([], input), true);
  assert.equal(conditionsHold(undefined, undefined), true);
  for (const none of [undefined, null, 'Bern', 4]) assert.equal(conditionsHold([city], none), false);
});

test('a kind of message that is given but does not fit is told apart from one that is not given', () => {
  const conditions: ToolCondition[] = [{ operator: 'eq', param: 'city', value: 'Basel' }];
  const tool = {
    type: 'function',
    settings: {},
    messages: [{ type: 'request-start' as const, content: 'x', conditions }],
  };
  assert.deepEqual(messagesFor(tool, 'request-start', input), { given: true, eligible: [] });
  assert.deepEqual(messagesFor(tool, 'request-failed', input), { given: false, eligible: [] });
  assert.equal(messagesFor(tool, 'request-start', { city: 'Basel' }).eligible.length, 1);
});

test('words are those of the language, else of its kin, else the first; contents go before content', () => {
  const contents = [
    { language: 'en-US', text: 'color' },
    { language: 'de', text: 'Farbe' },
    { language: 'en-GB', text: 'colour' },
  ];
  const message = { content: 'plain', contents };
  assert.equal(wordsOf(message, 'en-gb'), 'colour');
  assert.equal(wordsOf(message, 'de-CH'), 'Farbe');
  assert.equal(wordsOf(message, 'en'), 'color');
  assert.equal(wordsOf(message, 'fr'), 'color');
  assert.equal(wordsOf({ content: ' plain ' }, 'fr'), 'plain');
  assert.equal(wordsOf({}, 'fr'), '');
  assert.equal(wordsOf(' text ', 'fr'), 'text');
});
