import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ExchangeError } from '../../domain/errors.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { EgressOptions } from './guarded-agent.ts';
import { createGuardedPost } from './guarded-post.ts';

const opened: (() => unknown)[] = [];
after(async () => {
  for (const close of opened) await close();
});

async function server(listener: RequestListener): Promise<{ port: number; connections: () => number }> {
  const http = createServer(listener);
  let connections = 0;
  http.on('connection', () => {
    connections += 1;
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  opened.push(() => {
    http.closeAllConnections();
    http.close();
  });
  return { port: (http.address() as AddressInfo).port, connections: () => connections };
}

function poster(options: Partial<EgressOptions> = {}) {
  const post = createGuardedPost({ allow: ['127.0.0.0/8'], logger: silentLogger, ...options });
  opened.push(post.close);
  return (url: string, signal = AbortSignal.timeout(5_000)) =>
    post(url, { headers: { 'content-type': 'application/json', 'x-own': 'yes' }, body: '{"a":"ü"}', signal });
}

const isRefusal =
  (pattern: RegExp) =>
  (error: unknown): boolean =>
    error instanceof ExchangeError && error.code === 'egress-refused' && pattern.test(error.message);

describe('the guarded POST', () => {
  test('sends body and headers as they are, asks for no compression, and reads text of any status', async () => {
    const { port } = await server(async (request, response) => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      const { 'x-own': own, 'accept-encoding': encoding } = request.headers;
      response.writeHead(502, { 'retry-after': '7' });
      response.end(
        Buffer.from(`\ufeff${JSON.stringify([request.method, request.url, body, own, encoding])}`),
      );
    });
    const { status, body, retryAfter } = await poster()(`http://127.0.0.1:${port}/a/b?c=d#e`);
    assert.deepEqual([status, retryAfter], [502, '7']);
    assert.deepEqual(JSON.parse(body), ['POST', '/a/b?c=d', '{"a":"ü"}', 'yes', 'identity']);
  });

  test('refuses what the guarded fetch refuses, before any connection', async () => {
    const spy = await server((_request, response) => response.end());
    const strict = poster({ allow: [], lookup: async () => [{ address: '10.0.0.1', family: 4 }] });
    const cases: [string, RegExp][] = [
      [`http://127.0.0.1:${spy.port}/`, /loopback/],
      [`http://2130706433:${spy.port}/`, /loopback/],
      [`http://[::ffff:7f00:1]:${spy.port}/`, /loopback/],
      [`http://[64:ff9b::7f00:1]:${spy.port}/`, /loopback/],
      [`http://inside.example:${spy.port}/`, /inside\.example: the name leads to private address/],
      ['ftp://example.com/', /only http and https/],
      ['http://a:b@example.com/', /credentials/],
      ['/relative', /absolute/],
    ];
    for (const [url, message] of cases) await assert.rejects(strict(url), isRefusal(message), url);
    assert.equal(spy.connections(), 0);
  });

  test('connects to the address that it judged', async () => {
    const spy = await server((_request, response) => {
      response.setHeader('connection', 'close').end('hello');
    });
    let asked = 0;
    const post = poster({
      allow: ['127.0.0.1/32'],
      lookup: async () => [{ address: asked++ === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 }],
    });
    assert.equal((await post(`http://rebind.example:${spy.port}/`)).body, 'hello');
    await assert.rejects(
      post(`http://rebind.example:${spy.port}/`),
      isRefusal(/loopback address 127\.0\.0\.2/),
    );
    assert.equal(spy.connections(), 1);
  });

  test('refuses a redirect, a compressed reply and too many headers, and goes on working', async () => {
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`x-${index}`, '1']));
    const replies: [RequestListener, RegExp][] = [
      [
        (_, response) => response.writeHead(307, { location: 'http://127.0.0.1/' }).end(),
        /redirects \(307\)/,
      ],
      [
        (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x')),
        /its reply is compressed/,
      ],
      [(_, response) => response.writeHead(200, many).end(), /more than 100 headers/],
    ];
    const post = poster();
    for (const [listener, message] of replies) {
      const { port } = await server(listener);
      await assert.rejects(post(`http://127.0.0.1:${port}/`), isRefusal(message));
    }
    const { port } = await server((_request, response) => response.end('fine'));
    assert.equal((await post(`http://127.0.0.1:${port}/`)).body, 'fine');
  });

  test('cuts a reply that is too large, announced or not, and lets one of exactly the cap pass', async () => {
    const announced = await server((_request, response) => response.end('x'.repeat(1_001)));
    const endless = await server((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(500)));
      };
      response.on('drain', more);
      more();
    });
    const exact = await server((_request, response) => {
      response.write('x'.repeat(600));
      response.end('x'.repeat(400));
    });
    const post = poster({ maxResponseBytes: 1_000 });
    for (const { port } of [announced, endless])
      await assert.rejects(post(`http://127.0.0.1:${port}/`), isRefusal(/larger than 1000 bytes/));
    assert.equal((await post(`http://127.0.0.1:${exact.port}/`)).body.length, 1_000);
  });

  test('ends with its signal, before the reply and amid it', async () => {
    const silent = await server(() => {});
    const dripping = await server((_request, response) => {
      const drip = setInterval(() => response.write('.'), 10);
      response.on('close', () => clearInterval(drip));
    });
    const timeout = { name: 'TimeoutError' };
    for (const { port } of [silent, dripping])
      await assert.rejects(poster()(`http://127.0.0.1:${port}/`, AbortSignal.timeout(60)), timeout);
    await assert.rejects(poster()('http://127.0.0.1/', AbortSignal.abort()), { name: 'AbortError' });
  });
});
