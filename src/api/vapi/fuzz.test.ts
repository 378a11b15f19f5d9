import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { failureLogger } from '../../../test/support/failure-logger.ts';
import { batterBodies, batterQueries } from '../../../test/support/hostile-bodies.ts';
import { type HttpExchange, openHttpExchange } from '../../../test/support/http-exchange.ts';
import { makeReferences, vapiFields } from '../../../test/support/vapi-bodies.ts';
import { assistantBodySchema } from './assistants/schema.ts';
import { createCredentialSchema } from './credentials/schema.ts';
import { createNumberSchema } from './phone-numbers/schema.ts';
import { squadBodySchema } from './squads/schema.ts';
import { toolSchema } from './tools/schema.ts';

type Json = Record<string, unknown>;

const SEED = 4_242;
/** Each run sends two bodies; with five targets that is more than two thousand. */
const RUNS = 220;

const TARGETS = [
  ['/phone-number', createNumberSchema],
  ['/assistant', assistantBodySchema],
  ['/credential', createCredentialSchema],
  ['/squad', squadBodySchema],
  ['/tool', toolSchema],
] as const;

/** Objects that hold each other are made to a small depth only. */
const NESTED = {
  assistant: fc.constant({ name: 'Nested', server: { url: 'https://a.example', secret: 's' } }),
  squad: fc.constant({ members: [{ assistant: { name: 'Nested' } }] }),
  assistantOverrides: fc.constant({ variableValues: { a: 1 }, 'tools:append': [{ type: 'endCall' }] }),
  squadOverrides: fc.constant({ firstMessage: 'Hi' }),
};

describe('hostile bodies', () => {
  let exchange: HttpExchange;
  let references: Awaited<ReturnType<typeof makeReferences>>;
  const { logger, failures } = failureLogger();
  let sent = 0;

  before(async () => {
    exchange = await openHttpExchange({ logger });
    references = await makeReferences(exchange);
  });
  after(() => exchange.close());

  async function send(method: string, url: string, text: string): Promise<number> {
    sent += 1;
    const {
      status,
      body,
      text: reply,
    } = await exchange.inject(method, url, text, {
      headers: { 'content-type': 'application/json' },
    });
    assert.ok(status < 500, `${method} ${url} ${text.slice(0, 500)} -> ${reply}`);
    if (status >= 400) {
      const { message, error, statusCode } = body as Json;
      assert.ok(typeof message === 'string' || Array.isArray(message), reply);
      assert.equal(typeof error, 'string', reply);
      assert.equal(statusCode, status, reply);
    }
    assert.equal(({} as Json).polluted, undefined);
    return status;
  }

  for (const [url, schema] of TARGETS) {
    it(`sent to ${url} are refused in the vendor's shape or taken, never a 500`, async () => {
      const byKey = {
        ...vapiFields({ assistantId: references.assistantId, credentialId: references.telnyx }),
        ...NESTED,
      };
      const created = await exchange.inject('POST', url, SEEDS[url]);
      const { id } = created.body as { id: string };
      const seen = await batterBodies({
        schema,
        byKey,
        seed: SEED,
        runs: RUNS,
        send: (text, mayChange) =>
          mayChange ? send('PATCH', `${url}/${id}`, text) : send('POST', url, text),
      });
      assert.deepEqual(failures, []);
      assert.ok((seen.get(400) ?? 0) > RUNS / 4, 'hardly anything was refused: the bodies are not hostile');
      assert.ok(
        [...seen.keys()].some((status) => status < 300),
        'nothing was taken: the bodies are not near valid',
      );
      assert.equal((await exchange.inject('GET', `${url}/${id}`)).status, 200);
    });
  }

  it('were more than two thousand', () => {
    assert.ok(sent >= 2_000, `only ${sent} bodies were sent`);
  });

  it('of queries are refused or taken, never a 500', async () => {
    await batterQueries({
      targets: ['/phone-number', '/v2/phone-number', '/assistant', '/call', '/credential', '/squad', '/tool'],
      keys: ['limit', 'page', 'search', 'createdAtGt', 'updatedAtLe', 'sortOrder', 'id'],
      seed: SEED,
      runs: RUNS,
      send: async (path, query) => {
        const { status, text: reply } = await exchange.inject('GET', `${path}?${query}`);
        assert.ok(status < 500, `${path}?${query} -> ${reply}`);
      },
    });
    assert.deepEqual(failures, []);
  });
});

const SEEDS: Record<string, object> = {
  '/phone-number': { provider: 'vapi' },
  '/assistant': { name: 'Ann' },
  '/credential': { provider: 'byo-sip-trunk', gateways: [{ ip: '192.0.2.7' }] },
  '/squad': { members: [{ assistant: { name: 'Ann' } }] },
  '/tool': { type: 'function', function: { name: 'book' } },
};
