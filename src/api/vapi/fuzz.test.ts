import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import { failureLogger } from '../../../test/support/failure-logger.ts';
import { HOSTILE_TEXT, pathsOf, replaced } from '../../../test/support/hostile-bodies.ts';
import { type HttpExchange, openHttpExchange } from '../../../test/support/http-exchange.ts';
import { arbitraryOf } from '../../../test/support/json-schema-arbitrary.ts';
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
      const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Json;
      const components = (json.$defs ?? {}) as Record<string, Json>;
      const bodies = arbitraryOf(json, { components, byKey });
      const created = await exchange.inject('POST', url, SEEDS[url]);
      const { id } = created.body as { id: string };
      const seen = new Map<number, number>();
      const run = async (body: unknown, text: string, where: number, patch: boolean) => {
        const whole = await send('POST', url, JSON.stringify(body));
        seen.set(whole, (seen.get(whole) ?? 0) + 1);
        const paths = pathsOf(body);
        const raw = replaced(body, paths[where % paths.length] ?? [], text);
        const status = patch ? await send('PATCH', `${url}/${id}`, raw) : await send('POST', url, raw);
        seen.set(status, (seen.get(status) ?? 0) + 1);
      };
      const property = fc.asyncProperty(
        bodies,
        fc.constantFrom(...HOSTILE_TEXT),
        fc.nat({ max: 200 }),
        fc.boolean(),
        run,
      );
      await fc.assert(property, { seed: SEED, numRuns: RUNS });
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
    const value = fc.constantFrom(
      '',
      '-1',
      '1e9',
      '1.5',
      '0',
      'NaN',
      '%00',
      '%ud8',
      "'; drop",
      '2020-13-45',
      '9'.repeat(400),
    );
    const key = fc.constantFrom(
      'limit',
      'page',
      'search',
      'createdAtGt',
      'updatedAtLe',
      'sortOrder',
      'id',
      '__proto__',
      'x',
    );
    const pairs = fc.array(fc.tuple(key, value), { maxLength: 4 });
    const run = async (url: string, query: [string, string][]) => {
      const text = query.map(([name, content]) => `${name}=${content}`).join('&');
      const { status, text: reply } = await exchange.inject('GET', `${url}?${text}`);
      assert.ok(status < 500, `${url}?${text} -> ${reply}`);
    };
    const urls = fc.constantFrom(
      '/phone-number',
      '/v2/phone-number',
      '/assistant',
      '/call',
      '/credential',
      '/squad',
      '/tool',
    );
    await fc.assert(fc.asyncProperty(urls, pairs, run), { seed: SEED, numRuns: RUNS });
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
