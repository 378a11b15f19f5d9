import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { serverKeys } from './customer-server.ts';

const schema = z.strictObject(serverKeys);
const problems = (body: object) =>
  (schema.safeParse(body).error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`);

test('a server takes headers of its own, but none that frames the request', () => {
  assert.deepEqual(problems({ headers: { 'x-team': 'blue', Authorization: 'Bearer 1' } }), []);
  assert.deepEqual(problems({ headers: { Host: 'a.example' } }), [
    'headers.Host the header Host is set by the exchange itself',
  ]);
  assert.deepEqual(problems({ headers: { 'x-a': 'näh\u{1f600}' } }), ['headers.x-a must be in Latin-1']);
});

test('a server is reached by http or https', () => {
  assert.deepEqual(problems({ url: 'https://a.example/b' }), []);
  for (const url of ['ws://a.example', 'ftp://a.example', 'a.example', 'https://'])
    assert.deepEqual(problems({ url }), ['url must be a URL address'], url);
});
