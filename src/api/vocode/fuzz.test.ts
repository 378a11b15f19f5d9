import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import { failureLogger } from '../../../test/support/failure-logger.ts';
import { HOSTILE_TEXT, pathsOf, replaced } from '../../../test/support/hostile-bodies.ts';
import { type HttpExchange, openHttpExchange } from '../../../test/support/http-exchange.ts';
import { arbitraryOf } from '../../../test/support/json-schema-arbitrary.ts';
import {
  makeVocodeReferences,
  type VocodeReferences,
  vocodeFields,
} from '../../../test/support/vocode-bodies.ts';
import type { Route } from '../server/route.ts';

type Json = Record<string, unknown>;

const SEED = 4_242;
/** Of each route with a body, in each revision: a body near valid, and one with something hostile in it. */
const RUNS = 30;
const PHONE_NUMBER = '14155550123';

describe('hostile requests to the Vocode API', () => {
  let exchange: HttpExchange;
  let references: VocodeReferences;
  const { logger, failures } = failureLogger();
  let sent = 0;

  before(async () => {
    exchange = await openHttpExchange({ logger });
    references = await makeVocodeReferences(exchange);
    const linked = await exchange.inject('POST', '/v1/numbers/link', {
      phone_number: PHONE_NUMBER,
      telephony_account_connection: references.twilio,
    });
    assert.equal(linked.status, 200, linked.text);
  });
  after(() => exchange.close());

  /** A reply that the vendor could have given. */
  async function send(method: string, url: string, text?: string): Promise<number> {
    const headers = text === undefined ? {} : { 'content-type': 'application/json' };
    const { status, body, text: reply } = await exchange.inject(method, url, text, { headers });
    sent += 1;
    const said = `${method} ${url} ${text?.slice(0, 500)} -> ${status} ${reply.slice(0, 500)}`;
    assert.ok(status < 500, said);
    if (status >= 400) {
      const { detail } = body as { detail: unknown };
      if (status !== 422) assert.equal(typeof detail, 'string', said);
      else {
        assert.ok(Array.isArray(detail) && detail.length > 0, said);
        for (const { loc, msg, type } of detail) {
          assert.ok(loc[0] === 'body' || loc[0] === 'query' || loc[0] === 'path', said);
          assert.equal(typeof msg, 'string', said);
          assert.equal(typeof type, 'string', said);
        }
      }
    }
    assert.equal(({} as Json).polluted, undefined);
    return status;
  }

  const queryOf = ({ path }: Route): string => {
    const ids: Record<string, string> = {
      agents: references.agent,
      prompts: references.prompt,
      voices: references.voice,
      webhooks: references.webhook,
      actions: references.action,
      vector_databases: references.vectorDatabase,
      account_connections: references.twilio,
    };
    const noun = path.split('/')[2] ?? '';
    if (noun === 'numbers') return `?phone_number=${PHONE_NUMBER}`;
    return path.endsWith('/create') ? '' : `?id=${ids[noun] ?? references.agent}`;
  };

  it('are refused in the words of the framework or taken, never a 500', async () => {
    const seen = new Map<number, number>();
    for (const { name, mounts, routes } of exchange.server.dialects) {
      if (!name.startsWith('vocode')) continue;
      const mount = mounts.at(-1) ?? '';
      for (const route of routes) {
        if (!route.body || route.path === '/v1/numbers/cancel') continue;
        const json = z.toJSONSchema(route.body, {
          io: 'input',
          unrepresentable: 'any',
          reused: 'inline',
        }) as Json;
        const components = (json.$defs ?? {}) as Record<string, Json>;
        const bodies = arbitraryOf(json, { components, byKey: vocodeFields(references) });
        const url = `${mount}${route.path}${queryOf(route)}`;
        const run = async (body: unknown, text: string, where: number) => {
          const paths = pathsOf(body);
          const hostile = replaced(body, paths[where % paths.length] ?? [], text);
          for (const content of [JSON.stringify(body), hostile]) {
            const status = await send(route.method, url, content);
            seen.set(status, (seen.get(status) ?? 0) + 1);
          }
        };
        const property = fc.asyncProperty(
          bodies,
          fc.constantFrom(...HOSTILE_TEXT),
          fc.nat({ max: 200 }),
          run,
        );
        await fc.assert(property, { seed: SEED, numRuns: RUNS });
      }
    }
    assert.deepEqual(failures, []);
    assert.ok(sent >= 2_000, `only ${sent} bodies were sent`);
    assert.ok((seen.get(422) ?? 0) > sent / 8, 'hardly anything was refused: the bodies are not hostile');
    assert.ok((seen.get(200) ?? 0) > sent / 8, 'hardly anything was taken: the bodies are not near valid');
  });

  it('in queries are refused or taken, never a 500', async () => {
    const value = fc.constantFrom(
      '',
      '-1',
      '1e9',
      '0',
      'NaN',
      '%00',
      '%ud8',
      "'; drop",
      '9'.repeat(400),
      '+1',
      '%2B1',
    );
    const key = fc.constantFrom(
      'id',
      'phone_number',
      'page',
      'size',
      'sort_column',
      'sort_desc',
      '__proto__',
    );
    const pairs = fc.array(fc.tuple(key, value), { maxLength: 4 });
    const urls = exchange.server.dialects
      .filter(({ name }) => name.startsWith('vocode'))
      .flatMap(({ mounts, routes }) =>
        routes.filter(({ method }) => method === 'GET').map(({ path }) => `${mounts[0]}${path}`),
      );
    const run = async (url: string, query: [string, string][]) => {
      await send('GET', `${url}?${query.map(([name, content]) => `${name}=${content}`).join('&')}`);
    };
    await fc.assert(fc.asyncProperty(fc.constantFrom(...urls), pairs, run), { seed: SEED, numRuns: 400 });
    assert.deepEqual(failures, []);
  });
});
