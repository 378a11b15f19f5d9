import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as z from 'zod';
import { type HttpExchange, openHttpExchange } from '../../../test/support/http-exchange.ts';
import { eventOf, liveCall } from '../../../test/support/sample-call.ts';
import { makeVocodeReferences } from '../../../test/support/vocode-bodies.ts';
import type { Route } from '../server/route.ts';
import { stockAgentId } from './agents/stock-agent.ts';

const PHONE_NUMBER = '14155550123';

/** Makes an object of the first org for each kind of thing. @returns their ids, by the first part of their paths. */
async function makeObjects(exchange: HttpExchange): Promise<Record<string, string>> {
  const at = exchange.clock.now();
  const call = liveCall(exchange.orgId, at);
  await exchange.storage.calls.insert(call, [eventOf(call, 'call.ringing', at)]);
  const ids = await makeVocodeReferences(exchange);
  const linked = await exchange.inject('POST', '/v1/numbers/link', {
    phone_number: PHONE_NUMBER,
    telephony_account_connection: ids.twilio,
    inbound_agent: ids.agent,
  });
  assert.equal(linked.status, 200, linked.text);
  return {
    calls: call.id,
    numbers: (linked.body as { id: string }).id,
    agents: ids.agent,
    prompts: ids.prompt,
    voices: ids.voice,
    webhooks: ids.webhook,
    actions: ids.action,
    vector_databases: ids.vectorDatabase,
    account_connections: ids.twilio,
  };
}

/** Bodies that a route takes, of whichever kind its object is. */
const BODIES: Readonly<Record<string, unknown>> = {
  '/v1/actions/update': { type: 'action_dtmf' },
  '/v1/voices/update': { type: 'voice_azure', voice_name: 'theirs' },
  '/v1/vector_databases/update': { type: 'vector_database_pinecone', index: 'theirs' },
  '/v1/account_connections/update': { type: 'account_connection_twilio', steering_pool: [] },
  '/v1/account_connections/add_to_steering_pool': { phone_number: '1' },
  '/v1/account_connections/remove_from_steering_pool': { phone_number: '1' },
  '/v1/numbers/update': { label: 'theirs', inbound_agent: { name: 'theirs' } },
};

/** The path and query at which a route is asked for an object; undefined where it is not asked for one. */
function addressed({ path, query }: Route, ids: Record<string, string>): string | undefined {
  const id = ids[path.split('/')[2] ?? ''];
  if (path.includes('/:id')) return path.replace(':id', id ?? '');
  const { properties = {} } = query ? z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' }) : {};
  if (Object.hasOwn(properties, 'phone_number')) return `${path}?phone_number=${PHONE_NUMBER}`;
  if (!Object.hasOwn(properties, 'id')) return undefined;
  assert.ok(id, `make an object for ${path} in this test`);
  return `${path}?id=${id}`;
}

describe('a key of another org', () => {
  let exchange: HttpExchange;
  let ids: Record<string, string>;

  before(async () => {
    exchange = await openHttpExchange();
    ids = await makeObjects(exchange);
  });
  after(() => exchange.close());

  const dialects = () => exchange.server.dialects.filter(({ name }) => name.startsWith('vocode'));
  const asOther = (method: string, url: string, body?: unknown) =>
    exchange.inject(method, url, body, { key: exchange.otherKey });

  it('gets 404 from every route that names an object, and changes nothing', async () => {
    const look = async () => {
      const shown = [];
      for (const noun of Object.keys(ids))
        shown.push((await exchange.inject('GET', `/v1/${noun}/list`)).body);
      return shown;
    };
    const before = await look();
    let tried = 0;
    for (const { mounts, routes } of dialects()) {
      for (const route of routes) {
        const place = addressed(route, ids);
        if (place === undefined) continue;
        for (const mount of mounts) {
          const body = route.body ? (BODIES[route.path] ?? {}) : undefined;
          const reply = await asOther(route.method, `${mount}${place}`, body);
          assert.equal(reply.status, 404, `${route.method} ${mount}${place}: ${reply.text}`);
          tried += 1;
        }
      }
    }
    assert.ok(tried >= 60, `only ${tried} routes were tried`);
    assert.deepEqual(await look(), before);
  });

  it('finds nothing in any list', async () => {
    let tried = 0;
    for (const { mounts, routes } of dialects()) {
      for (const { path } of routes.filter(({ path }) => path.endsWith('/list'))) {
        for (const mount of mounts) {
          const reply = await asOther('GET', `${mount}${path}`);
          assert.equal(reply.status, 200, reply.text);
          const { body } = reply as { body: unknown[] | { items: unknown[] } };
          assert.deepEqual(Array.isArray(body) ? body : body.items, [], `${mount}${path}`);
          tried += 1;
        }
      }
    }
    assert.equal(tried, 3 * Object.keys(ids).length);
  });

  it('cannot make use of what is not its own', async () => {
    const own = { prompt: 'theirs', voice: { type: 'voice_rime', speaker: 'x' } };
    const made = await asOther('POST', '/v1/agents/create', own);
    assert.equal(made.status, 200, made.text);
    const update = `/v1/agents/update?id=${(made.body as { id: string }).id}`;
    for (const [path, body] of [
      ['/v1/agents/create', { ...own, voice: ids.voices }],
      ['/v1/agents/create', { ...own, webhook: ids.webhooks }],
      ['/v1/agents/create', { ...own, actions: [ids.actions] }],
      ['/v1/agents/create', { ...own, vector_database: ids.vector_databases }],
      ['/v1/agents/create', { ...own, openai_account_connection: ids.account_connections }],
      [update, { voice: ids.voices }],
      [update, { webhook: ids.webhooks }],
      [
        '/v1/numbers/link',
        { phone_number: '14155550199', telephony_account_connection: ids.account_connections },
      ],
      ['/v1/numbers/buy', { telephony_account_connection: ids.account_connections }],
      ['/v1/numbers/buy', { inbound_agent: ids.agents }],
      ['/v1/calls/create', { from_number: '1', to_number: '2', agent: ids.agents }],
      [`/v1/agents/update?id=${stockAgentId(exchange.orgId)}`, { name: 'theirs' }],
    ] as const) {
      const reply = await asOther('POST', path, body);
      assert.equal(reply.status, 404, `${path} ${JSON.stringify(body)}: ${reply.text}`);
    }
  });

  it('without any key, or with a wrong one, no route answers', async () => {
    for (const { mounts, routes } of dialects()) {
      for (const route of routes) {
        for (const mount of mounts) {
          const request = {
            method: route.method,
            url: `${mount}${route.path.replace(':id', exchange.orgId)}`,
          };
          const bare = await exchange.server.app.inject(request);
          assert.equal(bare.statusCode, 403, request.url);
          assert.deepEqual(bare.json(), { detail: 'Not authenticated' });
          const wrong = await exchange.server.app.inject({
            ...request,
            headers: { authorization: 'Bearer x' },
          });
          assert.equal(wrong.statusCode, 401, request.url);
        }
      }
    }
  });
});
