import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OAuth2Plan } from '../../domain/credentials/authentication-plan.ts';
import type { Credential } from '../../domain/credentials/credential.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { Secret } from '../../lib/secret.ts';
import { createAccessTokens } from './access-tokens.ts';
import { createServerClient } from './server-client.ts';

const TOKEN_URL = 'https://id.example.com/token';
const plan: OAuth2Plan = {
  type: 'oauth2',
  url: TOKEN_URL,
  clientId: 'ann & co',
  clientSecret: new Secret('hush:1'),
  scope: 'calls read',
};
const owner = { id: 'cred-1', updatedAt: 1 };

interface Asked {
  form: Record<string, string>;
  authorization: string | null;
}

/** A token server that answers with `reply` and counts. */
function tokenServer(reply: (asked: Asked, count: number) => Response) {
  const asked: Asked[] = [];
  const clock = new FakeClock();
  const fetch: typeof globalThis.fetch = async (url, init) => {
    assert.equal(url, TOKEN_URL);
    assert.equal(init?.method, 'POST');
    const headers = new Headers(init?.headers);
    assert.equal(headers.get('content-type'), 'application/x-www-form-urlencoded');
    const form = Object.fromEntries(new URLSearchParams(String(init?.body)));
    asked.push({ form, authorization: headers.get('authorization') });
    await new Promise(setImmediate);
    return reply(asked.at(-1) as Asked, asked.length);
  };
  return { asked, clock, tokens: createAccessTokens({ fetch, clock, logger: silentLogger }) };
}
const numbered = (expiresIn?: unknown) => (_asked: Asked, count: number) =>
  Response.json({ access_token: `t${count}`, token_type: 'Bearer', expires_in: expiresIn });

describe('access tokens', () => {
  test('are asked for by client credentials and kept until a minute before they expire', async () => {
    const { tokens, asked, clock } = tokenServer(numbered(3600));
    assert.equal((await tokens.get(owner, plan)).reveal(), 't1');
    assert.deepEqual(asked[0]?.form, {
      grant_type: 'client_credentials',
      client_id: 'ann & co',
      client_secret: 'hush:1',
      scope: 'calls read',
    });
    clock.advance(3_539_999);
    assert.equal((await tokens.get(owner, plan)).reveal(), 't1');
    clock.advance(1);
    assert.equal((await tokens.get(owner, plan)).reveal(), 't2');
  });

  test('of a short life are kept for half of it; of an unsaid life for four minutes', async () => {
    for (const [expiresIn, usableMs] of [
      [30, 15_000],
      ['30', 15_000],
      [undefined, 240_000],
      [-1, 240_000],
    ] as const) {
      const { tokens, asked, clock } = tokenServer(numbered(expiresIn));
      await tokens.get(owner, plan);
      clock.advance(usableMs - 1);
      await tokens.get(owner, plan);
      assert.equal(asked.length, 1, String(expiresIn));
      clock.advance(1);
      await tokens.get(owner, plan);
      assert.equal(asked.length, 2, String(expiresIn));
    }
  });

  test('are fetched once for all who ask at the same time', async () => {
    const { tokens, asked } = tokenServer(numbered(3600));
    const all = await Promise.all(Array.from({ length: 20 }, () => tokens.get(owner, plan)));
    assert.deepEqual([...new Set(all.map((token) => token.reveal()))], ['t1']);
    assert.equal(asked.length, 1);
  });

  test('of one credential are not those of another, nor of the same one after a change', async () => {
    const { tokens, asked } = tokenServer(numbered(3600));
    await tokens.get(owner, plan);
    await tokens.get({ id: 'cred-2', updatedAt: 1 }, plan);
    await tokens.get({ ...owner, updatedAt: 2 }, plan);
    assert.equal(asked.length, 3);
  });

  test('are asked for with Basic where the server wants it so', async () => {
    for (const refusal of [
      () => new Response('', { status: 401 }),
      () => Response.json({ error: 'invalid_client' }, { status: 400 }),
    ]) {
      const { tokens, asked } = tokenServer(({ authorization }) =>
        authorization ? Response.json({ access_token: 'basic' }) : refusal(),
      );
      assert.equal((await tokens.get(owner, plan)).reveal(), 'basic');
      // RFC 6749 section 2.3.1: both halves form-encoded.
      const pair = Buffer.from('ann+%26+co:hush%3A1').toString('base64');
      assert.equal(asked[1]?.authorization, `Basic ${pair}`);
      assert.deepEqual(asked[1]?.form, { grant_type: 'client_credentials', scope: 'calls read' });
    }
  });

  test('that cannot be had fail with the reason, without a secret, and are asked for again', async () => {
    const cases: [() => Response, RegExp][] = [
      [() => Response.json({ error: 'invalid_scope' }, { status: 400 }), /answered 400 \(invalid_scope\)$/],
      [() => Response.json({ error: 'hush:1 is wrong' }, { status: 403 }), /answered 403$/],
      [() => new Response('<html>'), /no usable access_token$/],
      [() => Response.json({ access_token: 'a\r\nb' }), /no usable access_token$/],
      [() => Response.json({ access_token: 'x'.repeat(70_000) }), /larger than 65536 bytes$/],
      [() => Response.json(null), /no usable access_token$/],
    ];
    for (const [reply, message] of cases) {
      const { tokens, asked } = tokenServer(reply);
      for (const _ of [1, 2])
        await assert.rejects(tokens.get(owner, plan), (error: Error) => {
          assert.match(error.message, /^no access token for credential cred-1: /);
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /hush/);
          return true;
        });
      assert.equal(asked.length, 2);
    }
  });

  test('are not waited for longer than five seconds', async () => {
    const clock = new FakeClock();
    const fetch: typeof globalThis.fetch = (_url, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      });
    const tokens = createAccessTokens({ fetch, clock, logger: silentLogger });
    const late = assert.rejects(tokens.get(owner, plan), { message: /did not answer in time$/ });
    clock.advance(5_000);
    await late;
  });
});

test('a customer that refuses a token gets a new one, once, and all others the new one from then on', async () => {
  const clock = new FakeClock();
  const valid = { token: 't1' };
  const seen: string[] = [];
  let given = 0;
  const fetch: typeof globalThis.fetch = async () => {
    await new Promise(setImmediate);
    given += 1;
    return Response.json({ access_token: `t${given}`, expires_in: 3600 });
  };
  const credential: Credential = {
    ...owner,
    orgId: 'org-1',
    provider: 'webhook',
    authenticationPlan: plan,
    createdAt: 0,
  };
  const client = createServerClient({
    async post(_url, { headers }) {
      await new Promise(setImmediate);
      const token = (headers.authorization ?? '').replace('Bearer ', '');
      seen.push(token);
      return { status: token === valid.token ? 200 : 401, body: '' };
    },
    credentials: { get: async () => credential },
    tokens: createAccessTokens({ fetch, clock, logger: silentLogger }),
    signer: { headers: async (_orgId, id) => ({ 'webhook-id': id }) },
    clock,
    logger: silentLogger,
  });
  const post = () =>
    client.post({ url: 'https://example.com/', credentialId: 'cred-1' }, '{}', {
      orgId: 'org-1',
      id: 'm',
      timeoutMs: 1_000,
    });
  assert.equal((await post()).status, 200);
  valid.token = 't2';
  const replies = await Promise.all([post(), post(), post()]);
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 200, 200],
  );
  assert.equal(given, 2);
  valid.token = 'none';
  seen.length = 0;
  assert.equal((await post()).status, 401);
  assert.deepEqual(seen, ['t2', 't3']);
});
