import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { until } from '../../test/support/until.ts';
import { FakeClock } from '../lib/fake-clock.ts';
import { Secret } from '../lib/secret.ts';
import { ApiClient } from './api-client.ts';
import { vapi } from './vapi.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const json = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

/** A server that counts what it is asked, and a client of it on a clock that stands still. */
async function openServer(t: TestContext, answer: Answer) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.resume();
    answer(request, response, asked.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = new FakeClock();
  return { asked, baseUrl, clock, client: new ApiClient({ baseUrl, key: new Secret('key'), clock }) };
}

/** Waits until the client pauses. */
const paused = (clock: FakeClock) => until('the client waits', async () => clock.pendingCount === 1);

test('a busy server is asked again after the pause that it names, a write as well', async (t) => {
  const { client, clock, asked } = await openServer(t, (_, response, count) => {
    if (count === 1) json(response, 429, { message: 'slow down' }, { 'retry-after': '7' });
    else json(response, 201, { id: 'a' });
  });
  const made = client.request('POST', '/assistant', {});
  await paused(clock);
  clock.advance(6_999);
  assert.equal(asked.length, 1);
  clock.advance(1);
  assert.deepEqual(await made, { id: 'a' });
  assert.equal(asked.length, 2);
});

test('a pause may be named as an instant; one that is too long is told to the person', async (t) => {
  const { client, clock, asked } = await openServer(t, (_, response, count) => {
    const at = count === 1 ? 30_000 : 3_600_000;
    json(response, 503, {}, { 'retry-after': new Date(clock.now() + at).toUTCString() });
  });
  const failed = assert.rejects(client.get('/assistant'), /asks to wait for 3600 s: run this again then/);
  await paused(clock);
  clock.advance(30_000);
  await failed;
  assert.equal(asked.length, 2);
});

test('reading is repeated when the server fails, writing is not: it may have been done', async (t) => {
  const { client, clock, asked } = await openServer(t, (_, response) => json(response, 500, {}));
  await assert.rejects(client.request('POST', '/assistant', {}), { status: 500 });
  assert.deepEqual(asked, ['POST /assistant']);
  const failed = assert.rejects(client.get('/assistant'), { status: 500 });
  for (const pauseMs of [1_000, 2_000, 4_000, 8_000]) {
    await paused(clock);
    clock.advance(pauseMs);
  }
  await failed;
  assert.equal(asked.length, 6);
});

test('a refusal is told in the words of each vendor', async (t) => {
  const bodies: [unknown, RegExp][] = [
    [{ message: ['a must be b', 'c must be d'] }, /answers 400 Bad Request: a must be b; c must be d$/],
    [{ message: 'Nothing Here.' }, /: Nothing Here\.$/],
    [{ detail: 'Not authenticated' }, /: Not authenticated$/],
    [{ detail: [{ loc: ['body', 'voice'], msg: 'Field required' }] }, /: body\.voice: Field required$/],
    [{ error: { message: 'The key is unknown.' } }, /: The key is unknown\.$/],
    [[], /answers 400 Bad Request$/],
    [{ message: 'x'.repeat(10_000) }, /x{300}$/],
  ];
  const { client } = await openServer(t, (_, response, count) => json(response, 400, bodies[count - 1]?.[0]));
  for (const [, words] of bodies) {
    await assert.rejects(client.get('/'), (error: Error) => {
      assert.match(error.message, words);
      assert.ok(error.message.length < 400);
      return true;
    });
  }
});

test('a redirect is not followed, so the key stays where the person sent it', async (t) => {
  const { client, asked } = await openServer(t, (_, response) =>
    response.writeHead(302, { location: '/elsewhere' }).end(),
  );
  await assert.rejects(client.get('/assistant'), /302 Found: a redirect is not followed/);
  assert.deepEqual(asked, ['GET /assistant']);
});

test('what is no JSON, or too deep, or not there, is told in one line', async (t) => {
  const answers = ['<html>', '['.repeat(100) + ']'.repeat(100)];
  const { client, baseUrl, clock } = await openServer(t, (_, response, count) =>
    response.end(answers[count - 1]),
  );
  await assert.rejects(client.get('/a'), /\/a answers with something else than JSON/);
  await assert.rejects(client.get('/b'), /\/b answers with too deep a document/);
  const nowhere = new ApiClient({ baseUrl: 'http://127.0.0.1:1', key: new Secret('key'), clock });
  await assert.rejects(nowhere.get('/'), /^ImportError: cannot reach http:\/\/127\.0\.0\.1:1: /);
  assert.ok(baseUrl);
});

test('a list of more than a page is read to its end, in either order, each object once', async (t) => {
  const all = Array.from({ length: 2_500 }, (_, index) => ({
    id: `id-${index}`,
    // Three at a time were made in one instant.
    createdAt: new Date(1_700_000_000_000 + Math.floor(index / 3) * 1000).toISOString(),
  }));
  for (const order of ['descending', 'ascending'] as const) {
    const { client } = await openServer(t, (request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://vendor');
      const [le, ge] = [searchParams.get('createdAtLe'), searchParams.get('createdAtGe')];
      const sorted = order === 'ascending' ? all : all.toReversed();
      const found = sorted.filter(
        ({ createdAt }) => (le === null || createdAt <= le) && (ge === null || createdAt >= ge),
      );
      json(response, 200, found.slice(0, Number(searchParams.get('limit'))));
    });
    const read = await vapi.list(client, '/assistant');
    assert.deepEqual(new Set(read.map(({ id }) => id)), new Set(all.map(({ id }) => id)), order);
    assert.equal(read.length, all.length);
  }
});

test('a list that begins again and again is not read for ever', async (t) => {
  const page = Array.from({ length: 1_000 }, (_, index) => ({ id: `id-${index}`, createdAt: '2026-01-01' }));
  const { client, asked } = await openServer(t, (_, response) => json(response, 200, page));
  await assert.rejects(vapi.list(client, '/assistant'), /gives the same page again/);
  assert.equal(asked.length, 2);
  const { client: other } = await openServer(t, (_, response) => json(response, 200, { results: [] }));
  await assert.rejects(vapi.list(other, '/assistant'), /answers with no list/);
});
