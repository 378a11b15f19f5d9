import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyInQuery } from './body-in-query.ts';

test('a body goes into the query: text as it is, all else as JSON, beside what stood there', () => {
  const body = JSON.stringify({ type: 'event_message', call_id: 'c1', payload: { text: 'a & b=ü' } });
  const { searchParams, origin } = new URL(bodyInQuery('https://customer.example/hook?key=1&type=x', body));
  assert.equal(origin, 'https://customer.example');
  assert.deepEqual(Object.fromEntries(searchParams), {
    key: '1',
    type: 'event_message',
    call_id: 'c1',
    payload: '{"text":"a & b=ü"}',
  });
});

test('a body that is no JSON is refused', () => {
  assert.throws(() => bodyInQuery('https://customer.example', 'text'), SyntaxError);
});
