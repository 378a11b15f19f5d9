import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import type { AuthenticationPlan } from '../../domain/credentials/authentication-plan.ts';
import type { Credential, ServerCredential } from '../../domain/credentials/credential.ts';
import type { Delivery } from '../../domain/deliveries/delivery.ts';
import type { Server } from '../../domain/server.ts';
import { systemClock } from '../../lib/clock.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { Secret } from '../../lib/secret.ts';
import { createGuardedPost } from '../egress/guarded-post.ts';
import { createAccessTokens } from './access-tokens.ts';
import { createDeliverySender, createServerClient, type ServerClientOptions } from './server-client.ts';

const ORG = 'org-1';
const BODY = '{"message":{"type":"hang"}}';
const ASKED = { orgId: ORG, id: 'msg-1', timeoutMs: 5_000 };

const opened: (() => unknown)[] = [];
after(async () => {
  for (const close of opened) await close();
});

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A customer's server that keeps what it gets. */
async function customer(answer: RequestListener): Promise<{ url: string; seen: Seen[]; close: () => void }> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  opened.push(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, seen, close };
}

const guarded = createGuardedPost({ allow: ['127.0.0.0/8'], logger: silentLogger });
opened.push(() => guarded.close());

const noTokens = async () => assert.fail('no token is needed');

function clientFor(
  credentials: Credential[] = [],
  options: Partial<ServerClientOptions> = {},
): ReturnType<typeof createServerClient> {
  const { clock = systemClock } = options;
  return createServerClient({
    post: guarded,
    credentials: {
      get: async (orgId, id) => credentials.find((one) => one.orgId === orgId && one.id === id),
    },
    tokens: createAccessTokens({ fetch: noTokens, clock, logger: silentLogger }),
    signer: { headers: async (_orgId, id) => ({ 'webhook-id': id }) },
    clock,
    logger: silentLogger,
    ...options,
  });
}

function credential(
  authenticationPlan: AuthenticationPlan,
  more: Partial<ServerCredential> = {},
): Credential {
  return {
    id: 'cred-1',
    orgId: ORG,
    provider: 'custom-credential',
    authenticationPlan,
    createdAt: 0,
    updatedAt: 0,
    ...more,
  };
}
const bearer = credential({ type: 'bearer', token: new Secret('t0ken') });
const ok: RequestListener = (_request, response) => response.end('{"ok":true}');

describe('a request to a customer', () => {
  test('is a POST of the very body, with the secret, own headers and the id', async () => {
    const { url, seen } = await customer(ok);
    const server = { url, secret: new Secret('hush'), headers: { 'X-Tenant': 'ann' } };
    assert.deepEqual(await clientFor().post(server, BODY, ASKED), { status: 200, body: '{"ok":true}' });
    const [request] = seen;
    assert.equal(request?.method, 'POST');
    assert.equal(request?.body, BODY);
    const headers = request?.headers ?? {};
    assert.deepEqual(
      {
        type: headers['content-type'],
        secret: headers['x-vapi-secret'],
        tenant: headers['x-tenant'],
        id: headers['webhook-id'],
        agent: headers['user-agent'],
      },
      {
        type: 'application/json',
        secret: 'hush',
        tenant: 'ann',
        id: 'msg-1',
        agent: 'offhook',
      },
    );
  });

  test('by GET has the keys of its JSON in the query and no body', async () => {
    const { url, seen } = await customer(ok);
    const body = JSON.stringify({ type: 'event_message', payload: { text: 'hi' } });
    await clientFor().post({ url: `${url}?key=1` }, body, { ...ASKED, method: 'GET' });
    const [request] = seen;
    assert.equal(request?.method, 'GET');
    assert.equal(request?.body, '');
    assert.equal(request?.headers['content-type'], undefined);
    assert.deepEqual(Object.fromEntries(new URL(request?.url ?? '', url).searchParams), {
      key: '1',
      type: 'event_message',
      payload: '{"text":"hi"}',
    });
  });

  test('is signed with the keys of its org, and no header of the customer stands in for the signature', async () => {
    const { url, seen } = await customer(ok);
    const signer = {
      headers: async (...signed: string[]) => ({ 'webhook-signature': signed.join(' ') }),
    };
    const server = { url, headers: { 'Webhook-Signature': 'forged' } };
    await clientFor([], { signer }).post(server, BODY, ASKED);
    assert.equal(seen[0]?.headers['webhook-signature'], `${ORG} msg-1 ${BODY}`);
  });

  test("carries the credential; an Authorization among the server's own headers outranks it", async () => {
    const { url, seen } = await customer(ok);
    const client = clientFor([bearer]);
    await client.post({ url, credentialId: 'cred-1' }, BODY, ASKED);
    await client.post({ url, credentialId: 'cred-1', headers: { authorization: 'Basic eA==' } }, BODY, ASKED);
    assert.deepEqual(
      seen.map(({ headers }) => headers.authorization),
      ['Bearer t0ken', 'Basic eA=='],
    );
  });

  test('is signed by HMAC over what is sent: after the encryption', async () => {
    const { url, seen } = await customer(ok);
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const plan = {
      type: 'hmac',
      secretKey: new Secret('k'),
      algorithm: 'sha256',
      includeTimestamp: false,
    } as const;
    const sealing = credential(plan, {
      encryptionPlan: {
        type: 'public-key',
        algorithm: 'RSA-OAEP-256',
        publicKey: { format: 'spki-pem', pem },
      },
    });
    const server = { url, credentialId: 'cred-1', encryptedPaths: ['ssn'] };
    const body = '{"message":{"toolCallList":[{"parameters":{"ssn":"078-05-1120"}}]}}';
    await clientFor([sealing]).post(server, body, ASKED);
    assert.doesNotMatch(seen[0]?.body ?? '', /078/);
    const expected = createHmac('sha256', 'k')
      .update(seen[0]?.body ?? '')
      .digest('hex');
    assert.equal(seen[0]?.headers['x-signature'], expected);
  });

  test('is not sent when its credential is missing, of another org or of another kind', async () => {
    const { url, seen } = await customer(ok);
    const twilio: Credential = {
      id: 'cred-2',
      orgId: ORG,
      provider: 'twilio',
      accountSid: 'AC',
      createdAt: 0,
      updatedAt: 0,
    };
    const client = clientFor([{ ...bearer, orgId: 'org-2' }, twilio]);
    const missing = /^server\.credentialId: there is no credential cred-1$/;
    await assert.rejects(client.post({ url, credentialId: 'cred-1' }, BODY, ASKED), { message: missing });
    await assert.rejects(client.post({ url, credentialId: 'cred-2' }, BODY, ASKED), {
      message: /cred-2 is a twilio credential/,
    });
    assert.equal(seen.length, 0);
  });

  test('is not sent with a header that could change it, and the refusal does not repeat the value', async () => {
    const { url, seen } = await customer(ok);
    const cases: [Server['headers'], RegExp][] = [
      [{ 'x-a': 'hush\r\nx-b: 1' }, /^server\.headers: the header x-a has characters/],
      [{ 'x-a': 'hush\0' }, /x-a has characters/],
      [{ 'x-a': 'hush\nx' }, /x-a has characters/],
      [{ 'x-a\r\n': 'hush' }, /name has characters/],
      [{ Host: 'hush' }, /Host is set by the exchange itself/],
      [{ 'content-length': '3' }, /content-length is set by/],
      [{ 'Transfer-Encoding': 'chunked' }, /Transfer-Encoding is set by/],
      [{ connection: 'close' }, /connection is set by/],
    ];
    for (const [headers = {}, message] of cases) {
      await assert.rejects(clientFor().post({ url, headers }, BODY, ASKED), (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hush/);
        return true;
      });
    }
    const injected = { url, secret: new Secret('a\r\nx: y') };
    await assert.rejects(clientFor().post(injected, BODY, ASKED), { message: /^server\.secret: / });
    assert.equal(seen.length, 0);
  });
});

describe('an answer of a customer', () => {
  test('comes back whatever its status, as UTF-8 text', async () => {
    const { url } = await customer((_request, response) => {
      response.writeHead(418).end(Buffer.from([0xc3, 0xbc, 0xff]));
    });
    assert.deepEqual(await clientFor().post({ url }, BODY, ASKED), { status: 418, body: 'ü\ufffd' });
  });

  test('says when to come again', async () => {
    const { url } = await customer((_request, response) => {
      response.writeHead(503, { 'retry-after': '120' }).end();
    });
    assert.deepEqual(await clientFor().post({ url }, BODY, ASKED), {
      status: 503,
      body: '',
      retryAfter: '120',
    });
  });

  test('is cut off at 256 KiB', async () => {
    const size = 256 * 1024;
    const exact = await customer((_request, response) => response.end('x'.repeat(size)));
    const longer = await customer((_request, response) => response.end('x'.repeat(size + 1)));
    assert.equal((await clientFor().post({ url: exact.url }, BODY, ASKED)).body.length, size);
    await assert.rejects(clientFor().post({ url: longer.url }, BODY, ASKED), {
      message: /larger than 262144/,
    });
  });

  test('that never comes, or stops half way, ends with the time', async () => {
    const silent = await customer(() => {});
    const half = await customer((_request, response) => void response.write('{'));
    for (const { url } of [silent, half])
      await assert.rejects(clientFor().post({ url }, BODY, { ...ASKED, timeoutMs: 60 }), {
        message: 'the server did not answer within 0.06 s',
      });
  });

  test('is not waited for once the caller gives up', async () => {
    const { url } = await customer(() => {});
    const controller = new AbortController();
    const post = (signal: AbortSignal) => clientFor().post({ url }, BODY, { ...ASKED, signal });
    setTimeout(() => controller.abort(), 30);
    await assert.rejects(post(controller.signal), { message: 'the request was given up' });
    await assert.rejects(post(controller.signal), { message: 'the request was given up' });
    await assert.rejects(post(AbortSignal.timeout(30)), { message: 'the server did not answer in time' });
  });

  test('that cannot be had says why', async () => {
    const reset = await customer((request) => request.socket.destroy());
    const moved = await customer((_request, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1/' }).end();
    });
    const closed = await customer(ok);
    closed.close();
    const unresolved = createGuardedPost({
      allow: [],
      logger: silentLogger,
      lookup: async () => {
        throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
      },
    });
    opened.push(() => unresolved.close());
    const cases: [string, RegExp, Partial<ServerClientOptions>?][] = [
      [reset.url, /^the connection was (reset|closed before an answer came) \(/],
      [moved.url, /^refused to reach 127\.0\.0\.1:\d+: it redirects \(302\)/],
      [closed.url, /^the server refused the connection \(ECONNREFUSED\)$/],
      ['http://10.0.0.1/', /^refused to reach 10\.0\.0\.1: private address$/],
      ['ftp://example.com/', /^refused to reach ftp:: only http and https/],
      ['http://gone.example/', /^the name of the server is not known \(ENOTFOUND\)$/, { post: unresolved }],
    ];
    for (const [url, message, options] of cases)
      await assert.rejects(clientFor([], options).post({ url }, BODY, ASKED), { message }, url);
  });
});

test("a delivery is tried once, with its id, within the server's own time", async () => {
  const clock = new FakeClock();
  const sent: string[] = [];
  const post: ServerClientOptions['post'] = (_url, { headers }) => {
    sent.push(headers['webhook-id'] ?? '');
    return new Promise(() => {});
  };
  const sender = createDeliverySender(clientFor([], { clock, post }));
  const delivery = (server: Server): Delivery => ({
    id: 'msg-7',
    orgId: ORG,
    streamId: 'call-1',
    type: 'hang',
    server: { url: 'https://example.com/', backoffPlan: { maxRetries: 5 }, ...server },
    body: BODY,
    createdAt: 0,
    seq: 1,
    status: 'pending',
    attempts: [],
  });
  for (const [server, limitMs] of [
    [{}, 20_000],
    [{ timeoutSeconds: 3 }, 3_000],
  ] as const) {
    const sending = sender.send(delivery(server), new AbortController().signal);
    const late = assert.rejects(sending, { message: `the server did not answer within ${limitMs / 1000} s` });
    clock.advance(limitMs - 1);
    await new Promise(setImmediate);
    assert.equal(clock.pendingCount, 1);
    clock.advance(1);
    await late;
  }
  assert.deepEqual(sent, ['msg-7', 'msg-7']);
});
