import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';
import { makeVocodeReferences, type VocodeReferences } from '../../../../test/support/vocode-bodies.ts';
import { createApiKey } from '../../../domain/orgs/api-key.ts';
import { newId } from '../../../lib/ids.ts';
import { stockAgentId } from '../agents/stock-agent.ts';

type Json = Record<string, unknown>;

const DIGITS = '14155550123';
const QUERY = `?phone_number=${DIGITS}`;

let exchange: HttpExchange;
let references: VocodeReferences;

before(async () => {
  exchange = await openHttpExchange();
  references = await makeVocodeReferences(exchange);
});
after(() => exchange.close());
beforeEach(async () => {
  for (const { id } of await exchange.storage.numbers.list(exchange.orgId, { limit: 100 })) {
    await exchange.storage.numbers.remove(exchange.orgId, id);
  }
});

const TWILIO = {
  type: 'account_connection_twilio',
  credentials: { twilio_account_sid: 'AC9', twilio_auth_token: 't' },
};

async function send(method: string, url: string, body?: unknown) {
  const { status, body: reply, text } = await exchange.inject(method, url, body);
  return { status, body: reply as Json, text };
}

async function ok(method: string, url: string, body?: unknown): Promise<Json> {
  const { status, body: reply, text } = await send(method, url, body);
  assert.equal(status, 200, text);
  return reply;
}

const link = (body: Json = {}, prefix = '/vocode-2024') =>
  ok('POST', `${prefix}/v1/numbers/link`, {
    phone_number: DIGITS,
    telephony_account_connection: references.twilio,
    ...body,
  });
const boundTo = async () => {
  const [number] = await exchange.storage.numbers.list(exchange.orgId, { limit: 1 });
  return number?.binding.agentId;
};

describe('a number', () => {
  it('is linked at an account, written in digits, and seen by other APIs', async () => {
    const linked = await link({ outbound_only: true });
    assert.deepEqual(
      [linked.number, linked.telephony_provider, linked.outbound_only],
      [DIGITS, 'twilio', true],
    );
    assert.equal((linked.telephony_account_connection as Json).id, references.twilio);
    assert.equal(linked.inbound_agent, null);
    const seen = await send('GET', `/phone-number/${linked.id}`);
    assert.deepEqual([seen.body.number, seen.body.provider], [`+${DIGITS}`, 'twilio']);
  });

  it('that is linked again is the same; at another account it is refused', async () => {
    const linked = await link({ outbound_only: true });
    assert.deepEqual(await link({ outbound_only: true }), linked);
    assert.equal((await link({ inbound_agent: references.agent })).id, linked.id);
    assert.equal(await boundTo(), references.agent);
    const { id: telephony_account_connection } = await ok('POST', '/v1/account_connections/create', TWILIO);
    const body = { phone_number: DIGITS, telephony_account_connection };
    assert.equal((await send('POST', '/v1/numbers/link', body)).status, 400);
  });

  it('is found however its plus is written, and by the user of its SIP URI', async () => {
    const { id } = await link();
    for (const text of [DIGITS, `+${DIGITS}`, `%2B${DIGITS}`, `%20${DIGITS}`]) {
      assert.equal((await ok('GET', `/v1/numbers/?phone_number=${text}`)).id, id, text);
    }
    await exchange.inject('POST', '/phone-number', { provider: 'vapi', sipUri: 'sip:Bob@sip.vapi.ai' });
    assert.equal((await ok('GET', '/v1/numbers?phone_number=bob')).number, 'Bob');
    assert.deepEqual((await send('GET', '/v1/numbers?phone_number=14155550199')).body, {
      detail: 'Phone number not found',
    });
  });

  it('without an agent shows the stock one in the first revision, and null in the last', async () => {
    await link();
    const stockId = stockAgentId(exchange.orgId);
    const old = await ok('GET', `/v1/numbers${QUERY}`);
    assert.equal((old.inbound_agent as Json).id, stockId);
    assert.equal((await ok('GET', `/vocode-2024/v1/numbers${QUERY}`)).inbound_agent, null);
    assert.deepEqual(await ok('GET', `/v1/agents?id=${stockId}`), old.inbound_agent);
    assert.equal(await exchange.storage.agents.get(exchange.orgId, stockId), undefined);
    // Writing to it makes a real one.
    const changed = await ok('POST', `/v1/numbers/update${QUERY}`, { inbound_agent: old.inbound_agent });
    assert.equal((changed.inbound_agent as Json).id, stockId);
    assert.equal(await boundTo(), stockId);
  });

  it('is configured wholly by one update', async () => {
    await link();
    // As a public client sends it, with invented ids in every object.
    const invented = { id: 'x', user_id: 'y' };
    const changed = await ok('POST', `/vocode-2024/v1/numbers/update${QUERY}`, {
      label: 'Front desk',
      example_context: { name: 'Ann' },
      inbound_agent: {
        ...invented,
        name: 'Clerk',
        prompt: { ...invented, content: 'Be kind.' },
        voice: { ...invented, type: 'voice_azure', voice_name: 'en-US-GuyNeural' },
        initial_message: 'Hello',
        actions: [
          {
            ...invented,
            type: 'action_external',
            config: {
              name: 'book',
              description: 'Books',
              url: 'https://book.example',
              input_schema: { type: 'object' },
              speak_on_send: true,
              speak_on_receive: false,
            },
          },
        ],
      },
    });
    const agent = changed.inbound_agent as Record<string, Json>;
    assert.deepEqual([changed.label, changed.example_context], ['Front desk', { name: 'Ann' }]);
    assert.equal(agent.prompt?.content, 'Be kind.');
    const [action] = agent.actions as unknown as { config: Json }[];
    assert.match(String(action?.config.signature_secret), /^[\w+/]{43}=$/);
    assert.equal(await boundTo(), agent.id);
    const [number] = await exchange.storage.numbers.list(exchange.orgId, { limit: 1 });
    assert.deepEqual([number?.name, number?.exampleContext], ['Front desk', { name: 'Ann' }]);
    // A second update changes the same agent.
    const again = await ok('POST', `/v1/numbers/update${QUERY}`, { inbound_agent: { name: 'Clark' } });
    assert.deepEqual(
      [(again.inbound_agent as Json).id, (again.inbound_agent as Json).name],
      [agent.id, 'Clark'],
    );
  });

  it('is given an agent by its id, and freed of it by null', async () => {
    await link();
    const bound = await ok('POST', `/v1/numbers/update${QUERY}`, { inbound_agent: references.agent });
    assert.equal((bound.inbound_agent as Json).id, references.agent);
    assert.equal(
      ((await ok('GET', '/vocode-2024/v1/numbers/list')) as { items: Json[] }).items[0]?.inbound_agent,
      references.agent,
    );
    const freed = await ok('POST', `/vocode-2024/v1/numbers/update${QUERY}`, {
      inbound_agent: null,
      example_context: null,
    });
    assert.equal(freed.inbound_agent, null);
    assert.equal(await boundTo(), undefined);
    const unknown = '3f0d5c5e-0000-4000-8000-000000000000';
    const missing = await send('POST', `/v1/numbers/update${QUERY}`, { inbound_agent: unknown });
    assert.deepEqual([missing.status, missing.body], [404, { detail: `Agent ${unknown} not found` }]);
  });

  it('must be given an agent by an update of the first revision alone', async () => {
    await link();
    const old = await send('POST', `/v1/numbers/update${QUERY}`, {});
    assert.equal(old.status, 422);
    assert.deepEqual(old.body, {
      detail: [{ loc: ['body', 'inbound_agent'], msg: 'field required', type: 'value_error.missing' }],
    });
    await ok('POST', `/vocode-2024/v1/numbers/update${QUERY}`, {});
    const bad = await send('POST', `/v1/numbers/update${QUERY}`, { inbound_agent: { voice: { type: 'x' } } });
    const { detail } = bad.body as { detail: { loc: unknown[] }[] };
    assert.deepEqual(detail[0]?.loc, ['body', 'inbound_agent', 'voice', 'type']);
    const needed = await send('POST', `/v1/numbers/update${QUERY}`, {
      inbound_agent: { webhook: { url: 'https://a.example' } },
    });
    assert.deepEqual((needed.body as typeof bad.body & { detail: { loc: unknown[] }[] }).detail[0]?.loc, [
      'body',
      'inbound_agent',
      'webhook',
      'subscriptions',
    ]);
    assert.equal((await send('POST', '/v1/numbers/update', {})).status, 422);
  });

  it('comes with an agent where it is asked for, and in the first revision always', async () => {
    const made = await link({ inbound_agent: 'default' });
    assert.equal((made.inbound_agent as Json).name, 'Default agent');
    await ok('POST', `/v1/numbers/cancel${QUERY}`);
    const old = await link({}, '');
    assert.equal(await boundTo(), (old.inbound_agent as Json).id);
    await ok('POST', `/v1/numbers/cancel${QUERY}`);
    const given = await link({ inbound_agent: { prompt: 'Be kind.', voice: references.voice } });
    assert.equal(((given.inbound_agent as Json).prompt as Json).content, 'Be kind.');
  });

  it('is given up by cancel, and cannot be bought', async () => {
    const { id } = await link();
    const cancelled = await ok('POST', `/v1/numbers/cancel?phone_number=+${DIGITS}`);
    assert.deepEqual([cancelled.id, cancelled.active], [id, false]);
    assert.equal((await send('GET', `/v1/numbers${QUERY}`)).status, 404);
    const bought = await send('POST', '/vocode-2024/v1/numbers/buy');
    assert.equal(bought.status, 400);
    assert.match(String(bought.body.detail), /cannot be bought/);
  });
});

describe('the root', () => {
  it('speaks the revision that the key names', async () => {
    const { key, hash, prefix } = createApiKey();
    const { orgId, clock } = exchange;
    const stored = { id: newId(), orgId, prefix, dialect: 'vocode-2024' as const, createdAt: clock.now() };
    await exchange.storage.orgs.insertKey(stored, hash);
    const lists = async (url: string) => (await exchange.inject('GET', url, undefined, { key })).body;
    assert.ok(!Array.isArray(await lists('/v1/numbers/list')));
    assert.ok(Array.isArray(await lists('/vocode/v1/numbers/list')));
    const refused = await exchange.inject('GET', '/v1/numbers', undefined, { key });
    assert.match(refused.text, /Field required/);
    assert.ok(Array.isArray(await ok('GET', '/v1/numbers/list')));
  });

  it('of an unknown path is told in the words of the framework', async () => {
    assert.deepEqual((await send('GET', '/v1/nothing')).body, { detail: 'Not Found' });
  });
});
