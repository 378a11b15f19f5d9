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

  it('is refused in a clear sentence once all of it is in order', async () => {
    const body = { phone_agent_id: agentId, contact: { phone_number: '+14155550123' } };
    assert.deepEqual(await refused(body), [400, 'Outbound calls are not available on this exchange yet.']);
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
