import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';

describe('/phone/outbound-call', () => {
  let exchange: HttpExchange;
  let agentId: string;

  before(async () => {
    exchange = await openHttpExchange();
    agentId = ((await exchange.inject('POST', '/phone', { name: 'Desk' })).body as { id: string }).id;
  });
  after(() => exchange.close());

  const refused = async (body: object, key = exchange.key) => {
    const reply = await exchange.inject('POST', '/phone/outbound-call', body, { key });
    return [reply.status, (reply.body as { message: string }).message];
  };

  it('orders a call of the agent, in a clear sentence where it may not go out', async () => {
    const body = { phone_agent_id: agentId, contact: { phone_number: '+14155550123' } };
    const reply = await exchange.inject('POST', '/phone/outbound-call', body);
    assert.equal(reply.status, 200, reply.text);
    const { id, created_at: _, ...shown } = reply.body as Record<string, unknown>;
    assert.deepEqual(shown, {
      phone_agent_id: agentId,
      status: 'queued',
      from: null,
      to: '+14155550123',
    });
    assert.ok(await exchange.storage.calls.get(exchange.orgId, String(id)));
    assert.deepEqual(exchange.outbound.orders[0]?.agent, { kind: 'agent', agentId });
    exchange.outbound.refusal = 'numbers abroad (GB) are not called';
    assert.deepEqual(await refused(body), [
      400,
      'The call cannot be placed: numbers abroad (GB) are not called.',
    ]);
    exchange.outbound.refusal = undefined;
  });

  it('is refused for what is wrong with it before', async () => {
    const contact = { phone_number: '+14155550123' };
    assert.deepEqual(await refused({ contact }), [400, 'phone_agent_id must be a string']);
    assert.deepEqual(await refused({ phone_agent_id: agentId, contact: { phone_number: '12' } }), [
      400,
      'contact.phone_number must be a phone number in the E.164 format',
    ]);
    const contactId = { id: exchange.orgId };
    assert.deepEqual(await refused({ phone_agent_id: agentId, contact: contactId }), [
      404,
      'Contact not found',
    ]);
    assert.deepEqual(await refused({ phone_agent_id: exchange.orgId, contact }), [
      404,
      'Phone agent not found',
    ]);
    assert.deepEqual(await refused({ phone_agent_id: agentId, contact }, exchange.otherKey), [
      404,
      'Phone agent not found',
    ]);
  });
});
