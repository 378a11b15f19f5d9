import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { findLocalServer } from './local-server.ts';

const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that answers `/v1/models`; without a body it is silent. */
async function serve(body?: string, status = 200): Promise<{ port: number; product: string }> {
  const server = createServer((request, response) => {
    if (body !== undefined) response.writeHead(request.url === '/v1/models' ? status : 404).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  return { port, product: 'Test' };
}

const list = (...ids: unknown[]): string =>
  JSON.stringify({ object: 'list', data: ids.map((id) => ({ id })) });

test('the first server in order that lists a model is found, not the fastest', async () => {
  const ports = [await serve('<html>'), await serve(list('first')), await serve(list('second'))];
  assert.deepEqual(await findLocalServer({ ports }), {
    url: `http://127.0.0.1:${ports[1]?.port}/v1`,
    model: 'first',
    product: 'Test',
  });
});

test('a model that cannot chat is passed over', async () => {
  const ports = [await serve(list('nomic-embed-text', 'llama3'))];
  assert.equal((await findLocalServer({ ports }))?.model, 'llama3');
  assert.equal(await findLocalServer({ ports: [await serve(list('nomic-embed-text'))] }), undefined);
});

test('other servers are not mistaken for one', async () => {
  const bodies = [
    '',
    '{}',
    '[]',
    'null',
    '{"data":{}}',
    '{"data":[]}',
    '{"data":[null,{"id":1},{"id":""}]}',
    '{"data":"x"}',
  ];
  const ports = await Promise.all(bodies.map((body) => serve(body)));
  // As our own HTTP port answers, and as a server that wants a key does.
  ports.push(
    await serve('{"message":"Cannot GET /v1/models","statusCode":404}', 404),
    await serve(list('a'), 401),
  );
  assert.equal(await findLocalServer({ ports }), undefined);
});

test('a silent server, a closed port and an endless list cost no more than the time limit', async () => {
  const closed = await serve('');
  servers.pop()?.close();
  const huge = await serve(list('a', 'x'.repeat(2_000_000)));
  const started = performance.now();
  const ports = [await serve(), closed, huge];
  assert.equal(await findLocalServer({ ports, timeoutMs: 200 }), undefined);
  assert.ok(performance.now() - started < 2_000);
});
