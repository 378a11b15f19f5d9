import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as z from 'zod';
import { type FluentsExchange, openFluentsExchange } from '../../../test/support/fluents-exchange.ts';
import { eventOf, liveCall } from '../../../test/support/sample-call.ts';
import type { Route } from '../server/route.ts';

type Json = Record<string, unknown>;

const PHONE_NUMBER = '+14155550123';

/** Makes an object of the first org for each kind of thing. @returns their ids, by the first part of their paths. */
async function makeObjects(exchange: FluentsExchange): Promise<Record<string, string>> {
  const made = async (path: string, body: Json) => {
    const reply = await exchange.inject('POST', `/fluents/v1/${path}`, body);
    assert.equal(reply.status, 201, reply.text);
    return (reply.body as { id: string }).id;
  };
  const at = exchange.clock.now();
  const call = liveCall(exchange.orgId, at);
  await exchange.storage.calls.insert(call, [eventOf(call, 'call.ringing', at)]);
  const connection = await made('account_connections/create', {
    type: 'account_connection_telnyx',
    credentials: { telnyx_api_key: 'k' },
  });
  const agent = await made('agents/create', { name: 'mine', prompt: { content: 'mine' } });
  return {
    calls: call.id,
    account_connections: connection,
    agents: agent,
    numbers: await made('numbers/link', {
      phone_number: PHONE_NUMBER,
      telephony_account_connection: connection,
      inbound_agent: agent,
    }),
    prompts: await made('prompts/create', { content: 'mine' }),
    voices: await made('voices/create', { type: 'voice_azure', voice_name: 'mine' }),
    webhooks: await made('webhooks/create', { url: 'https://mine.example', subscriptions: [] }),
    actions: await made('actions/create', { type: 'action_dtmf' }),
  };
}

/** The URLs at which a route is asked for an object; none where it is not asked for one by its id. */
function addressed({ path, query }: Route, ids: Record<string, string>): string[] {
  const noun = path.split('/')[2] ?? '';
  const id = ids[noun];
  if (path.includes('/:id')) return [`/fluents${path.replace(':id', id ?? '')}`];
  const { properties = {} } = query ? z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' }) : {};
  if (!Object.hasOwn(properties, 'id')) return [];
  assert.ok(id, `make one of ${noun} in this test`);
  const byId = `/fluents${path}?id=${id}`;
  return Object.hasOwn(properties, 'phone_number')
    ? [byId, `/fluents${path}?phone_number=${encodeURIComponent(PHONE_NUMBER)}`]
    : [byId];
}

describe('a key of another org', () => {
  let exchange: FluentsExchange;
  let ids: Record<string, string>;

  before(async () => {
    exchange = await openFluentsExchange();
    ids = await makeObjects(exchange);
  });
  after(() => exchange.close());

  const asOther = (method: string, url: string, body?: Json) =>
    exchange.inject(method, url, body, { key: exchange.otherKey });

  it('gets 404 from every route that names an object, and changes nothing', async () => {
    const look = async () => {
      const shown = [];
      for (const [noun, id] of Object.entries(ids)) {
        shown.push((await exchange.inject('GET', `/fluents/v1/${noun}?id=${id}`)).body);
      }
      return shown;
    };
    const before = await look();
    let tried = 0;
    for (const route of exchange.fluents.routes) {
      for (const url of addressed(route, ids)) {
        const reply = await asOther(route.method, url, route.body && { label: 'theirs' });
        assert.equal(reply.status, 404, `${route.method} ${url}: ${reply.text}`);
        tried += 1;
      }
    }
    assert.ok(tried >= 29, `only ${tried} routes were tried`);
    assert.deepEqual(await look(), before);
  });

  it('finds nothing in any list', async () => {
    let tried = 0;
    for (const { path, method } of exchange.fluents.routes) {
      if (method !== 'GET' || !path.endsWith('/list')) continue;
      const reply = await asOther('GET', `/fluents${path}`);
      assert.deepEqual((reply.body as Json).items, [], path);
      tried += 1;
    }
    assert.equal(tried, Object.keys(ids).length);
  });

  it('cannot make use of what is not its own', async () => {
    const connection = await asOther('POST', '/fluents/v1/account_connections/create', {
      type: 'account_connection_telnyx',
      credentials: { telnyx_api_key: 'theirs' },
    });
    const { id } = connection.body as { id: string };
    const link = { phone_number: '+14155550199', telephony_account_connection: id };
    for (const [path, body] of [
      ['agents/create', { prompt: ids.prompts }],
      ['agents/create', { voice: ids.voices }],
      ['agents/create', { webhook: ids.webhooks }],
      ['agents/create', { actions: [ids.actions] }],
      ['agents/create', { openai_account_connection: ids.account_connections }],
      ['numbers/link', { ...link, telephony_account_connection: ids.account_connections }],
      ['numbers/link', { ...link, inbound_agent: ids.agents }],
      ['numbers/buy', { telephony_account_connection: ids.account_connections }],
      ['calls/create', { from_number: PHONE_NUMBER, to_number: '+14155550199', agent: ids.agents }],
      ['messages', { from_number: PHONE_NUMBER, to_number: '+14155550199', message: 'Hi' }],
    ] as const) {
      const reply = await asOther('POST', `/fluents/v1/${path}`, body);
      assert.equal(reply.status, 404, `${path} ${JSON.stringify(body)}: ${reply.text}`);
      assert.match(reply.text, /was not found/);
    }
    const lists = await asOther('GET', '/fluents/v1/agents/list');
    assert.equal((lists.body as Json).total, 0);
  });

  it('does not change what only an id in its body names', async () => {
    const before = await exchange.storage.parts.get(exchange.orgId, 'prompt', ids.prompts ?? '');
    const made = await asOther('POST', '/fluents/v1/agents/create', {
      prompt: { id: ids.prompts, content: 'theirs' },
    });
    assert.equal(made.status, 201, made.text);
    assert.notEqual(((made.body as Json).prompt as Json).id, ids.prompts);
    assert.deepEqual(await exchange.storage.parts.get(exchange.orgId, 'prompt', ids.prompts ?? ''), before);
  });

  it('without any key, no route answers', async () => {
    for (const { method, path } of exchange.fluents.routes) {
      const reply = await exchange.inject(method, `/fluents${path}`, undefined, {
        headers: { authorization: '' },
      });
      assert.equal(reply.status, 401, `${method} ${path}`);
      assert.deepEqual(reply.body, {
        message: 'The Authorization header is missing.',
        error: 'Unauthorized',
        statusCode: 401,
      });
    }
  });
});
