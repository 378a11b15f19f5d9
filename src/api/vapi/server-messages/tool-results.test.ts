import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerToolCall, ServerToolResult } from '../../../flow/server-messages.ts';
import { toolResults } from './tool-results.ts';

const call = (id: string): ServerToolCall => ({
  id,
  name: 'book',
  arguments: {},
  tool: { type: 'function', name: 'book', settings: {} },
});

const ONE = [call('c1')];
const TWO = [call('c1'), call('c2')];

const CASES: [string, ServerToolCall[], unknown, ServerToolResult[]][] = [
  [
    'results find their calls by id, in any order',
    TWO,
    {
      results: [
        { toolCallId: 'c2', result: 'two' },
        { toolCallId: 'c1', result: 'one' },
      ],
    },
    [
      { id: 'c1', result: 'one' },
      { id: 'c2', result: 'two' },
    ],
  ],
  ['a single result needs no id', ONE, { results: [{ result: 'ok' }] }, [{ id: 'c1', result: 'ok' }]],
  [
    'a single result of two calls is nobody’s',
    TWO,
    { results: [{ result: 'ok' }] },
    [
      { id: 'c1', error: 'The answer holds no result for toolCallId c1.' },
      { id: 'c2', error: 'The answer holds no result for toolCallId c2.' },
    ],
  ],
  [
    'a result for another id is none',
    ONE,
    { results: [{ toolCallId: 'x', result: 'ok' }] },
    [{ id: 'c1', error: 'The answer holds no result for toolCallId c1.' }],
  ],
  ['the oldest form, a bare result', ONE, { result: { a: 1 } }, [{ id: 'c1', result: '{"a":1}' }]],
  [
    "the vendor's wrapping",
    ONE,
    { messageResponse: { results: [{ result: 'ok' }] } },
    [{ id: 'c1', result: 'ok' }],
  ],
  [
    'what is no text becomes JSON',
    TWO,
    {
      results: [
        { toolCallId: 'c1', result: [1, true] },
        { toolCallId: 'c2', error: { code: 7 } },
      ],
    },
    [
      { id: 'c1', result: '[1,true]' },
      { id: 'c2', error: '{"code":7}' },
    ],
  ],
  [
    'an exception as error',
    ONE,
    { results: [{ error: { message: 'full' } }] },
    [{ id: 'c1', error: 'full' }],
  ],
  [
    'an error for all',
    TWO,
    { error: 'down' },
    [
      { id: 'c1', error: 'down' },
      { id: 'c2', error: 'down' },
    ],
  ],
  ['a result of nothing is empty text', ONE, { results: [{ toolCallId: 'c1' }] }, [{ id: 'c1', result: '' }]],
  [
    'a sentence to speak',
    ONE,
    { results: [{ result: 'ok', message: 'All booked.' }] },
    [{ id: 'c1', message: 'All booked.', result: 'ok' }],
  ],
  [
    'of tool messages the one that fits the outcome is spoken',
    TWO,
    {
      results: [
        { toolCallId: 'c1', result: 'ok', message: { type: 'request-failed', content: 'No.' } },
        {
          toolCallId: 'c2',
          error: 'full',
          message: [
            { type: 'request-complete', content: 'Yes.' },
            { type: 'request-failed', contents: [{ type: 'text', language: 'en', text: 'Sorry.' }] },
          ],
        },
      ],
    },
    [
      { id: 'c1', result: 'ok' },
      { id: 'c2', message: 'Sorry.', error: 'full' },
    ],
  ],
  ['a list instead of an object', ONE, [1], [{ id: 'c1', error: 'The answer is no JSON object.' }]],
];

for (const [name, calls, body, expected] of CASES) {
  test(name, () => {
    assert.deepEqual(toolResults({ status: 200, body: JSON.stringify(body) }, calls), expected);
  });
}

test('a refusal is the failure of every call, without the text of its body', () => {
  const results = toolResults({ status: 503, body: '{"results":[{"result":"secret"}]}' }, TWO);
  assert.deepEqual(
    results.map(({ error }) => error),
    ['The server answered with HTTP status 503.', 'The server answered with HTTP status 503.'],
  );
});

test('an overlong result is cut before the model gets it', () => {
  const body = JSON.stringify({ results: [{ result: 'x'.repeat(100_000) }] });
  const [result] = toolResults({ status: 200, body }, ONE);
  assert.ok((result?.result?.length ?? 0) < 66_000);
});
