import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';

type Json = Record<string, unknown>;

describe('PATCH /admin/numbers/{id}', () => {
  let exchange: HttpExchange;
  before(async () => {
    exchange = await openHttpExchange();
  });
  after(() => exchange.close());

  async function send(method: string, url: string, body?: object) {
    const reply = await exchange.inject(method, url, body);
    return { status: reply.status, body: reply.body as Json };
  }
  const made = async (body: object) => String((await send('POST', '/phone-number', body)).body.id);
  const block = (id: string, isBlocked: boolean) =>
    send('PATCH', `/admin/numbers/${id}`, { blocked: isBlocked });

  it('blocks a number, as every dialect shows it, and lifts the block again', async () => {
    const sipUri = 'sip:bakery@sip.vapi.ai';
    const id = await made({ provider: 'vapi', sipUri });
    exchange.clock.advance(1_000);
    const updatedAt = new Date(exchange.clock.now()).toISOString();
    assert.deepEqual(await block(id, true), {
      status: 200,
      body: { id, sipUri, status: 'blocked', updatedAt },
    });
    assert.equal((await send('GET', `/phone-number/${id}`)).body.status, 'blocked');
    const listed = (await send('GET', '/vocode/v1/numbers/list')).body as unknown as Json[];
    assert.equal(listed.find((one) => one.id === id)?.active, false);
    exchange.clock.advance(1_000);
    assert.equal((await block(id, true)).body.updatedAt, updatedAt, 'it was blocked already');
    assert.equal((await block(id, false)).body.status, 'active');
    assert.equal((await send('GET', `/phone-number/${id}`)).body.status, 'active');
  });

  it('leaves one whose carrier was never told waiting for it', async () => {
    const credentialId = (await send('POST', '/credential', { provider: 'telnyx', apiKey: 'k' })).body.id;
    const number = '+14155550123';
    const id = await made({ provider: 'telnyx', number, credentialId });
    const after = [];
    for (const isBlocked of [false, true, false]) after.push((await block(id, isBlocked)).body.status);
    assert.deepEqual(after, ['activating', 'blocked', 'activating']);
  });

  it('lets no dialect order a call from a number while it is blocked', async () => {
    const trunk = { provider: 'byo-sip-trunk', gateways: [{ ip: '192.0.2.7' }] };
    const credentialId = (await send('POST', '/credential', trunk)).body.id;
    const assistantId = String((await send('POST', '/assistant', { name: 'Desk' })).body.id);
    const number = { provider: 'byo-phone-number', number: '+14155550100', credentialId, assistantId };
    const id = await made(number);
    const order = { from_number: '14155550100', to_number: '14155550123', agent: assistantId };
    const customer = { number: '+14155550123' };
    const orders: [string, object][] = [
      ['/call', { phoneNumberId: id, assistantId, customer }],
      ['/vocode/v1/calls/create', order],
      ['/fluents/v1/calls/create', order],
      [
        '/opencx/phone/outbound-call',
        { phone_agent_id: assistantId, contact: { phone_number: customer.number } },
      ],
    ];
    for (const isBlocked of [true, false]) {
      await block(id, isBlocked);
      for (const [url, body] of orders) {
        const reply = await exchange.inject('POST', url, body);
        assert.equal(reply.status === 400 && /blocked/i.test(reply.text), isBlocked, `${url}: ${reply.text}`);
        assert.equal(reply.status < 300, !isBlocked, `${url}: ${reply.text}`);
      }
    }
    assert.equal(exchange.outbound.orders.length, orders.length);
  });

  it('refuses everything else', async () => {
    const id = await made({ provider: 'vapi' });
    for (const body of [{}, { blocked: null }, { blocked: true, name: 'x' }, { status: 'active' }])
      assert.equal((await send('PATCH', `/admin/numbers/${id}`, body)).status, 400, JSON.stringify(body));
    assert.deepEqual((await block(exchange.orgId, true)).body, {
      error: { code: 'not-found', message: 'There is no such number.' },
    });
  });
});
