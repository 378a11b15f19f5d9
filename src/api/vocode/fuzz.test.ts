import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { failureLogger } from '../../../test/support/failure-logger.ts';
import { batterBodies, batterQueries } from '../../../test/support/hostile-bodies.ts';
import { type HttpExchange, openHttpExchange } from '../../../test/support/http-exchange.ts';
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
        const url = `${mount}${route.path}${queryOf(route)}`;
        const ofRoute = await batterBodies({
          schema: route.body,
          byKey: vocodeFields(references),
          seed: SEED,
          runs: RUNS,
          send: (text) => send(route.method, url, text),
        });
        for (const [status, count] of ofRoute) seen.set(status, (seen.get(status) ?? 0) + count);
      }
    }
    assert.deepEqual(failures, []);
    assert.ok(sent >= 2_000, `only ${sent} bodies were sent`);
    assert.ok((seen.get(422) ?? 0) > sent / 8, 'hardly anything was refused: the bodies are not hostile');
    assert.ok((seen.get(200) ?? 0) > sent / 8, 'hardly anything was taken: the bodies are not near valid');
  });

  it('in queries are refused or taken, never a 500', async () => {
    await batterQueries({
      targets: exchange.server.dialects
        .filter(({ name }) => name.startsWith('vocode'))
        .flatMap(({ mounts, routes }) =>
          routes.filter(({ method }) => method === 'GET').map(({ path }) => `${mounts[0]}${path}`),
        ),
      keys: ['id', 'phone_number', 'page', 'size', 'sort_column', 'sort_desc'],
      seed: SEED,
      runs: 400,
      send: (url, query) => send('GET', `${url}?${query}`),
    });
    assert.deepEqual(failures, []);
  });
});
