import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type FluentsExchange, openFluentsExchange } from '../../../../test/support/fluents-exchange.ts';
import { CONNECTION_TYPES, shownKeys } from './connection-kinds.ts';

type Json = Record<string, unknown>;

describe('account connections', () => {
  let exchange: FluentsExchange;
  before(async () => {
    exchange = await openFluentsExchange();
  });
  after(() => exchange.close());

  const send = (path: string, body: Json) =>
    exchange.inject('POST', `/fluents/v1/account_connections/${path}`, body);
  const taken = async (path: string, body: Json) => {
    const reply = await send(path, body);
    assert.equal(reply.status, 201, reply.text);
    return reply.body as Json & { id: string };
  };

  for (const type of CONNECTION_TYPES) {
    it(`${type} are credentials, whose keys no reply shows`, async () => {
      const credentials = Object.fromEntries(shownKeys(type).map(([key]) => [key, `value of ${key}`]));
      const made = await taken('create', { type, credentials, label: 'Mine' });
      for (const text of Object.values(credentials)) {
        const isPublic = text.includes('account_sid');
        assert.equal(JSON.stringify(made).includes(text), isPublic, text);
      }
      const credential = await exchange.storage.credentials.get(exchange.orgId, made.id);
      assert.ok(credential);
      assert.equal(credential.name, 'Mine');
      assert.match(JSON.stringify(credential), /\[secret\]/);
      const found = await exchange.inject('GET', `/fluents/v1/account_connections?id=${made.id}`);
      assert.deepEqual(found.body, made);
    });
  }

  it('keep their keys when what was read is sent back, and change what is given', async () => {
    const made = await taken('create', {
      type: 'account_connection_twilio',
      credentials: { twilio_account_sid: 'AC1', twilio_auth_token: 'first' },
      steering_pool: ['1 415 555 0123'],
      account_supports_any_caller_id: true,
      config: { voicemail_detection: {} },
      description: 'Main',
    });
    assert.deepEqual(made.steering_pool, ['+14155550123']);
    const token = async () => {
      const credential = await exchange.storage.credentials.get(exchange.orgId, made.id);
      return credential?.provider === 'twilio' ? credential.authToken?.reveal() : undefined;
    };
    assert.deepEqual(await taken(`update?id=${made.id}`, made), made);
    assert.equal(await token(), 'first');
    const changed = await taken(`update?id=${made.id}`, {
      credentials: { twilio_auth_token: 'second' },
      steering_pool: null,
      config: null,
    });
    const { config: _, ...rest } = made;
    assert.deepEqual(changed, { ...rest, steering_pool: [] });
    assert.equal(await token(), 'second');
    const other = await send(`update?id=${made.id}`, { type: 'account_connection_openai' });
    assert.equal(other.status, 400);
    assert.match(other.text, /type must be account_connection_twilio/);
  });

  it('without a key, or of a service that no call uses, are refused', async () => {
    for (const [body, message] of [
      [
        { type: 'account_connection_openai', credentials: {} },
        /credentials.openai_api_key should not be empty/,
      ],
      [{ type: 'account_connection_openai' }, /credentials must be an object/],
      [
        { type: 'account_connection_un_pw_oauth', credentials: {} },
        /type must be of a service that calls can use/,
      ],
      [{ type: 'bank', credentials: {} }, /type must be one of the following values/],
    ] as const) {
      const reply = await send('create', body);
      assert.equal(reply.status, 400);
      assert.match(reply.text, message);
    }
  });

  it("leave out another API's credentials that they have no type for, on full pages", async () => {
    const fresh = await openFluentsExchange();
    try {
      for (const body of [
        { provider: 'byo-sip-trunk', gateways: [{ ip: '192.0.2.7' }] },
        { provider: 'openai', apiKey: 'k', name: 'first' },
        { provider: 'anthropic', apiKey: 'k' },
        { provider: 'telnyx', apiKey: 'k', name: 'second' },
      ]) {
        assert.equal((await fresh.inject('POST', '/credential', body)).status, 201);
        await fresh.clock.advance(10);
      }
      const list = async (query: string) => {
        const { items, ...page } = (
          await fresh.inject('GET', `/fluents/v1/account_connections/list?${query}`)
        ).body as { items: Json[] };
        return [items.map(({ label }) => label), page];
      };
      const whole = { total: 2, total_is_estimated: false };
      assert.deepEqual(await list('size=1'), [['first'], { page: 1, size: 1, has_more: true, ...whole }]);
      assert.deepEqual(await list('size=1&page=2'), [
        ['second'],
        { page: 2, size: 1, has_more: false, ...whole },
      ]);
    } finally {
      await fresh.close();
    }
  });
});
