import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readGiven, withGiven } from './given.ts';

test('values are put where their paths say, and an unknown place is told', () => {
  const given = readGiven(
    '{"a": {"authentication.password": "p", "tools.1.server.secret": "s", "gone.secret": "x", "authToken": "t"}, "b": "id"}',
  );
  assert.equal(given.get('b'), 'id');
  const values = given.get('a');
  assert.ok(values instanceof Map);
  const body = { authentication: { username: 'u' }, tools: [{}, { server: { url: 'u' } }] };
  assert.deepEqual(withGiven(body, values), {
    body: {
      authentication: { username: 'u', password: 'p' },
      tools: [{}, { server: { url: 'u', secret: 's' } }],
      authToken: 't',
    },
    misplaced: ['gone.secret'],
  });
  assert.deepEqual(body.authentication, { username: 'u' }, 'what was read stays as it was');
});

test('a path reaches own members only', () => {
  const values = new Map([
    ['__proto__.polluted', 'x'],
    ['constructor.polluted', 'x'],
  ]);
  const { body, misplaced } = withGiven({}, values);
  assert.deepEqual([body, misplaced], [{}, ['__proto__.polluted', 'constructor.polluted']]);
  assert.equal(({} as { polluted?: string }).polluted, undefined);
});

test('a file that is none is refused without a word of what stands in it', () => {
  for (const text of ['hunter2', '[]', '{"a": 1}', '{"a": {"b": {"c": "hunter2"}}}', '"hunter2"'])
    assert.throws(
      () => readGiven(text),
      (error: Error) => error.name === 'ImportError' && !error.message.includes('hunter2') && !error.cause,
    );
});
