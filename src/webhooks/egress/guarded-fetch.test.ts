import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { ExchangeError } from '../../domain/errors.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { EgressOptions } from './guarded-agent.ts';
import { createGuardedFetch, type GuardedFetch } from './guarded-fetch.ts';

interface Spy {
  server: Server;
  port: number;
  /** TCP connections seen: a refusal must not even knock. */
  connections: () => number;
}

const opened: { close: () => unknown }[] = [];
after(async () => {
  for (const { close } of opened) await close();
});

async function spyServer(listener: RequestListener): Promise<Spy> {
  const server = createServer(listener);
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return { server, port: (server.address() as AddressInfo).port, connections: () => connections };
}

function guarded(options: Partial<EgressOptions> = {}): GuardedFetch {
  const fetch = createGuardedFetch({ allow: [], logger: silentLogger, ...options });
  opened.push(fetch);
  return fetch;
}

const isRefusal =
  (pattern: RegExp) =>
  (error: unknown): boolean =>
    error instanceof ExchangeError && error.code === 'egress-refused' && pattern.test(error.message);

const hello: RequestListener = (_request, response) => response.end('hello');

describe('the guarded fetch', () => {
  test('refuses every way of writing a loopback address, before any connection', async () => {
    const spy = await spyServer(hello);
    const fetch = guarded();
    const hosts = [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f.1',
      '0x7f000001',
      '0177.0.0.1',
      '017700000001',
      '127.0.0.1.',
      '0',
      '0.0.0.0',
      '[::1]',
      '[::]',
      '[0:0:0:0:0:0:0:1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::127.0.0.1]',
      '[64:ff9b::127.0.0.1]',
      '[2002:7f00:1::]',
      '[::ffff:0:127.0.0.1]',
      '[64:ff9b::7f00:1]',
      '0x7f.0.0.0x1',
      '127.0.1',
      '%31%32%37.0.0.1',
      '127。0。0。1',
      '①②⑦.0.0.1',
      'localhost',
    ];
    for (const host of hosts) {
      await assert.rejects(fetch(`http://${host}:${spy.port}/`), isRefusal(/loopback|unspecified/), host);
    }
    assert.equal(spy.connections(), 0);
  });

  test('refuses the other ranges that are not public', async () => {
    const fetch = guarded();
    const hosts = [
      '10.0.0.1',
      '172.16.0.1',
      '192.168.0.1',
      '169.254.169.254',
      '100.64.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '240.0.0.1',
      '192.0.2.1',
      '[fd00::1]',
      '[fe80::1]',
      '[ff02::1]',
      '[::ffff:10.0.0.1]',
      '[64:ff9b:1::1]',
      '[64:ff9b::10.0.0.1]',
      '[64:ff9b::a9fe:a9fe]',
      '[2002:a9fe:a9fe::1]',
      '[::ffff:169.254.169.254]',
      '[::ffff:100.64.0.1]',
      '[::ffff:0:192.168.0.1]',
      '[fec0::1]',
      '[2001::1]',
      '[4000::1]',
      '0xa9fea9fe',
      '2852039166',
      '0251.0376.0251.0376',
      '100.127.255.255',
      '172.31.255.255',
      '192.0.0.8',
      '198.19.255.255',
      '[2001:db8::1]',
    ];
    for (const host of hosts) await assert.rejects(fetch(`https://${host}/`), isRefusal(/address$/), host);
  });

  test('connects to the host that it judged, however the URL tries to name two', async () => {
    const spy = await spyServer(hello);
    const looked: string[] = [];
    const fetch = guarded({
      lookup: async (hostname) => {
        looked.push(hostname);
        return [{ address: '10.0.0.1', family: 4 }];
      },
    });
    for (const path of [`\\@127.0.0.1:${spy.port}/`, `#@127.0.0.1:${spy.port}/`, `/?@127.0.0.1:${spy.port}`])
      await assert.rejects(fetch(`http://shop.example${path}`), isRefusal(/private/), path);
    assert.deepEqual(looked, ['shop.example', 'shop.example', 'shop.example']);
    const zoned = fetch(`http://[fe80::1%25eth0]:${spy.port}/`);
    await assert.rejects(zoned, isRefusal(/not an absolute URL/));
    await assert.rejects(fetch(`http://shop.example@127.0.0.1:${spy.port}/`), isRefusal(/credentials/));
    assert.equal(spy.connections(), 0);
  });

  test('refuses a name whose every address is private, in either family', async () => {
    const fetch = guarded({
      lookup: async () => [
        { address: '::ffff:10.0.0.1', family: 6 },
        { address: 'fd00::1', family: 6 },
        { address: '192.168.1.1', family: 4 },
      ],
    });
    await assert.rejects(
      fetch('http://inside.example/'),
      isRefusal(/private address ::ffff:10\.0\.0\.1, unique-local address fd00::1, private address 192/),
    );
  });

  test('refuses a name that leads to a private address', async () => {
    const spy = await spyServer(hello);
    const fetch = guarded({ lookup: async () => [{ address: '127.0.0.1', family: 4 }] });
    await assert.rejects(fetch(`http://inside.example:${spy.port}/`), isRefusal(/inside\.example.*loopback/));
    assert.equal(spy.connections(), 0);
  });

  test('connects to the address it judged: a name that changes between two look-ups gains nothing', async () => {
    const allowed = await spyServer(hello);
    let asked = 0;
    const fetch = guarded({
      allow: ['127.0.0.1/32'],
      // The first answer is admitted, every later one is not.
      lookup: async () => [{ address: asked++ === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 }],
    });
    const url = `http://rebind.example:${allowed.port}/`;
    assert.equal(await (await fetch(url, { headers: { connection: 'close' } })).text(), 'hello');
    assert.equal(asked, 1);
    await assert.rejects(fetch(url), isRefusal(/loopback/));
    assert.equal(allowed.connections(), 1);
  });

  test('of several addresses only the admitted are tried', async () => {
    const spy = await spyServer(hello);
    const fetch = guarded({
      allow: ['127.0.0.1'],
      lookup: async () => [
        { address: '10.0.0.1', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    });
    assert.equal(await (await fetch(`http://mixed.example:${spy.port}/`)).text(), 'hello');
  });

  test('an allowed network is reached, and its reply arrives whole', async () => {
    const spy = await spyServer((request, response) => {
      response.writeHead(201, { 'x-method': String(request.method), 'content-type': 'text/plain' });
      request.pipe(response);
    });
    const fetch = guarded({ allow: ['127.0.0.0/8'] });
    const init = { method: 'POST', body: 'ping', headers: { 'content-type': 'text/plain' } };
    for (const input of [
      `http://127.0.0.1:${spy.port}/a`,
      new URL(`http://127.0.0.1:${spy.port}/a`),
      new Request(`http://127.0.0.1:${spy.port}/a`, init),
    ]) {
      const response = await fetch(input, input instanceof Request ? undefined : init);
      assert.equal(response.status, 201);
      assert.equal(response.headers.get('x-method'), 'POST');
      assert.equal(await response.text(), 'ping');
    }
  });

  test('a redirect is refused and its target never asked', async () => {
    const target = await spyServer(hello);
    for (const status of [301, 302, 303, 307, 308]) {
      const spy = await spyServer((_request, response) => {
        response.writeHead(status, { location: `http://127.0.0.1:${target.port}/` }).end('moved');
      });
      await assert.rejects(
        guarded({ allow: ['127.0.0.0/8'] })(`http://127.0.0.1:${spy.port}/`),
        isRefusal(new RegExp(`redirects \\(${status}\\)`)),
      );
    }
    assert.equal(target.connections(), 0);
  });

  test('a reply that is too large is cut: announced, streamed without end, or compressed', async () => {
    const announced = await spyServer((_request, response) => response.end('x'.repeat(2_000)));
    const endless = await spyServer((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(500)));
      };
      response.on('drain', more);
      more();
    });
    const bomb = await spyServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000)));
    });
    const nested = await spyServer((_request, response) => {
      const inner = gzipSync('x'.repeat(1_000_000));
      response.writeHead(200, { 'content-encoding': 'gzip, br' }).end(brotliCompressSync(inner));
    });
    const fetch = guarded({ allow: ['127.0.0.0/8'], maxResponseBytes: 1_000 });
    const tooLarge = isRefusal(/larger than 1000 bytes/);
    await assert.rejects(fetch(`http://127.0.0.1:${announced.port}/`), tooLarge);
    for (const { port } of [endless, bomb, nested]) {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      await assert.rejects(response.text(), tooLarge);
    }
  });

  test('a reply of exactly the cap passes', async () => {
    const spy = await spyServer((_request, response) => {
      response.write('x'.repeat(600));
      response.end('x'.repeat(400));
    });
    const fetch = guarded({ allow: ['127.0.0.0/8'], maxResponseBytes: 1_000 });
    assert.equal((await (await fetch(`http://127.0.0.1:${spy.port}/`)).text()).length, 1_000);
  });

  test('too many headers are refused', async () => {
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`x-${index}`, '1']));
    const spy = await spyServer((_request, response) => response.writeHead(200, many).end('ok'));
    await assert.rejects(
      guarded({ allow: ['127.0.0.0/8'] })(`http://127.0.0.1:${spy.port}/`),
      isRefusal(/headers/),
    );
  });

  test('a header section that is too large ends the request', async () => {
    const spy = await spyServer((_request, response) =>
      response.writeHead(200, { 'x-large': 'x'.repeat(20_000) }).end('ok'),
    );
    await assert.rejects(
      guarded({ allow: ['127.0.0.0/8'] })(`http://127.0.0.1:${spy.port}/`),
      (error: Error) => {
        assert.equal((error.cause as { code?: string }).code, 'UND_ERR_HEADERS_OVERFLOW');
        return true;
      },
    );
  });

  test('time is over for a server that is silent, and for one that stops amid its reply', async () => {
    const silent = await spyServer(() => {});
    const stalling = await spyServer((_request, response) => void response.write('begin'));
    const fetch = guarded({ allow: ['127.0.0.0/8'], timeoutMs: 80 });
    await assert.rejects(fetch(`http://127.0.0.1:${silent.port}/`), { name: 'TimeoutError' });
    const response = await fetch(`http://127.0.0.1:${stalling.port}/`);
    await assert.rejects(response.text(), { name: 'TimeoutError' });
  });

  test('time is over for a server that sends a little again and again, and for a name that never resolves', async () => {
    const dripping = await spyServer((_request, response) => {
      const drip = setInterval(() => response.write('.'), 10);
      response.on('close', () => clearInterval(drip));
    });
    const fetch = guarded({ allow: ['127.0.0.0/8'], timeoutMs: 120 });
    const response = await fetch(`http://127.0.0.1:${dripping.port}/`);
    await assert.rejects(response.text(), { name: 'TimeoutError' });
    const unresolved = guarded({ timeoutMs: 60, lookup: () => new Promise(() => {}) });
    await assert.rejects(unresolved('http://slow.example/'), { name: 'TimeoutError' });
  });

  test("the caller's own signal aborts", async () => {
    const silent = await spyServer(() => {});
    const controller = new AbortController();
    const pending = guarded({ allow: ['127.0.0.0/8'] })(`http://127.0.0.1:${silent.port}/`, {
      signal: controller.signal,
    });
    controller.abort();
    await assert.rejects(pending, { name: 'AbortError' });
  });

  test('only absolute http and https URLs without credentials are spoken', async () => {
    const fetch = guarded({ allow: ['0.0.0.0/0'] });
    for (const url of ['file:///etc/passwd', 'ftp://example.com/', 'data:text/plain,x', 'gopher://x/']) {
      await assert.rejects(fetch(url), isRefusal(/only http and https/), url);
    }
    await assert.rejects(fetch('/relative'), isRefusal(/absolute/));
    await assert.rejects(fetch('http://user:pass@127.0.0.1/'), isRefusal(/credentials/));
  });

  test('a name that does not resolve fails as a network error, not as a refusal', async () => {
    const lookup = async (): Promise<never> => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    };
    await assert.rejects(guarded({ lookup })('http://gone.example/'), { name: 'TypeError' });
    await assert.rejects(
      guarded({ lookup: async () => [] })('http://none.example/'),
      isRefusal(/no address/),
    );
  });
});
