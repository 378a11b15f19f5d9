import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';
import { MASK } from '../fields.ts';

type Json = Record<string, unknown>;

const BASE = '/vocode-2024/v1/account_connections';

let exchange: HttpExchange;
before(async () => {
  exchange = await openHttpExchange();
});
after(() => exchange.close());

async function send(method: string, url: string, body?: unknown) {
  const { status, body: reply, text } = await exchange.inject(method, url, body);
  return { status, body: reply as Json, text };
}

const twilio = (token: string) => ({
  type: 'account_connection_twilio',
  credentials: { twilio_account_sid: 'AC1', twilio_auth_token: token },
});

describe('account connections', () => {
  it('are credentials of the org, whose secrets are masked and kept when the mask comes back', async () => {
    const made = await send('POST', `${BASE}/create`, twilio('hush'));
    assert.equal(made.status, 200, made.text);
    const { id, credentials } = made.body;
    assert.deepEqual(credentials, { twilio_account_sid: 'AC1', twilio_auth_token: MASK });
    const tokenOf = async () => {
      const credential = await exchange.storage.credentials.get(exchange.orgId, String(id));
      return credential?.provider === 'twilio' ? credential.authToken?.reveal() : undefined;
    };
    await send('POST', `${BASE}/update?id=${id}`, made.body);
    assert.equal(await tokenOf(), 'hush');
    await send('POST', `${BASE}/update?id=${id}`, twilio('new'));
    assert.equal(await tokenOf(), 'new');
    assert.equal((await send('GET', `/credential/${id}`)).body.provider, 'twilio');
  });

  it('of other kinds are not shown', async () => {
    const other = await send('POST', '/credential', { provider: 'telnyx', apiKey: 'k' });
    assert.equal((await send('GET', `${BASE}?id=${other.body.id}`)).status, 404);
    const { items, total } = (await send('GET', `${BASE}/list`)).body as { items: Json[]; total: number };
    assert.equal(total, items.length);
    assert.ok(items.every(({ id }) => id !== other.body.id));
  });

  it('never change their kind', async () => {
    const made = await send('POST', `${BASE}/create`, twilio('hush'));
    const openAi = { type: 'account_connection_openai', credentials: { openai_api_key: 'sk' } };
    const changed = await send('POST', `${BASE}/update?id=${made.body.id}`, openAi);
    assert.equal(changed.status, 422);
    const { detail } = changed.body as { detail: { loc: unknown[] }[] };
    assert.deepEqual(detail[0]?.loc, ['body', 'type']);
  });

  it('have a pool of numbers, which are added and taken out', async () => {
    const { id } = (await send('POST', `${BASE}/create`, twilio('hush'))).body;
    const pool = async () => (await send('GET', `${BASE}?id=${id}`)).body.steering_pool;
    const add = (body?: unknown) => send('POST', `${BASE}/add_to_steering_pool?id=${id}`, body);
    assert.deepEqual((await add({ phone_number: '+14155550123' })).body, {});
    await add({ phone_number: '14155550123' });
    assert.deepEqual(await pool(), ['14155550123']);
    assert.match((await add()).text, /cannot be bought/);
    const remove = `${BASE}/remove_from_steering_pool?id=${id}`;
    assert.equal((await send('POST', remove, { phone_number: '14155550123' })).status, 200);
    assert.deepEqual(await pool(), []);
  });
});
