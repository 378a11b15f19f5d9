import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type FluentsExchange, openFluentsExchange } from '../../../../test/support/fluents-exchange.ts';

type Json = Record<string, unknown>;

let serial = 0;

const TWILIO = {
  type: 'account_connection_twilio',
  credentials: { twilio_account_sid: 'AC1', twilio_auth_token: 't' },
};

describe('numbers', () => {
  let exchange: FluentsExchange;
  let twilio: Json;

  before(async () => {
    exchange = await openFluentsExchange();
    const made = await send('account_connections/create', TWILIO);
    twilio = made.body as Json;
  });
  after(() => exchange.close());

  const send = (path: string, body?: Json) => exchange.inject('POST', `/fluents/v1/${path}`, body);
  const taken = async (path: string, body?: Json) => {
    const reply = await send(path, body);
    assert.equal(reply.status, 201, reply.text);
    return reply.body as Json & { id: string };
  };
  const get = async (query: string) => {
    const reply = await exchange.inject('GET', `/fluents/v1/numbers?${query}`);
    assert.equal(reply.status, 200, reply.text);
    return reply.body as Json;
  };
  /** Links a number that no other test has. */
  const link = async (extra: Json = {}) => {
    serial += 1;
    return taken('numbers/link', {
      phone_number: `+1415555${String(1000 + serial)}`,
      telephony_account_connection: twilio.id,
      ...extra,
    });
  };

  it('are linked to an account, and shown with ids or with objects', async () => {
    const agent = await taken('agents/create', { name: 'Ann', prompt: { content: 'Hi' } });
    const linked = await link({ inbound_agent: agent.id, outbound_only: true });
    const common = {
      id: linked.id,
      user_id: exchange.orgId,
      number: linked.number,
      active: true,
      label: '',
      inbound_agent_name: 'Ann',
      outbound_only: true,
      telephony_provider: 'twilio',
    };
    assert.deepEqual(linked, {
      ...common,
      inbound_agent: agent.id,
      telephony_account_connection: twilio.id,
    });
    assert.deepEqual(await get(`id=${linked.id}`), {
      ...common,
      inbound_agent: agent,
      telephony_account_connection: twilio,
      sms_enabled: true,
    });
    const again = await taken('numbers/link', {
      phone_number: linked.number,
      telephony_account_connection: twilio.id,
    });
    assert.deepEqual(again, linked);
    const other = await taken('account_connections/create', TWILIO);
    const elsewhere = await send('numbers/link', {
      phone_number: linked.number,
      telephony_account_connection: other.id,
    });
    assert.equal(elsewhere.status, 400);
    assert.match(elsewhere.text, /is linked already/);
    const short = await send('numbers/link', {
      phone_number: '100',
      telephony_account_connection: twilio.id,
    });
    assert.equal(short.status, 400);
    assert.match(short.text, /phone_number must be a phone number with its country code/);
  });

  it('of a trunk of the customer are linked too', async () => {
    const trunk = await exchange.inject('POST', '/credential', {
      provider: 'byo-sip-trunk',
      gateways: [{ ip: '192.0.2.7' }],
    });
    const { id } = trunk.body as Json;
    const linked = await link({ telephony_account_connection: id });
    assert.equal(linked.telephony_provider, 'sip');
    assert.equal((await get(`id=${linked.id}`)).telephony_account_connection, id);
    const stored = await exchange.storage.numbers.get(exchange.orgId, linked.id);
    assert.deepEqual([stored?.carrier, stored?.credentialId], ['trunk', id]);
  });

  it('are found by their digits, with plus, with a space for it, or without', async () => {
    const { id, number } = await link();
    const digits = (number as string).slice(1);
    for (const text of [`+${digits}`, `%2B${digits}`, `%20${digits}`, digits, `1-${digits.slice(1)}`]) {
      assert.equal((await get(`phone_number=${text}`)).id, id, text);
    }
    const none = await exchange.inject('GET', '/fluents/v1/numbers?phone_number=%2B14155550000');
    assert.deepEqual(none.body, {
      message: 'Phone number +14155550000 was not found',
      error: 'NotFound',
      statusCode: 404,
    });
    assert.equal((await exchange.inject('GET', '/fluents/v1/numbers')).status, 400);
  });

  it('keep what an update leaves out, and lose what it says null of', async () => {
    const { id } = await link();
    const whole = {
      label: 'Desk',
      description: 'Business line',
      outbound_only: true,
      example_context: { name: 'Ann', age: 7 },
      tags: ['a'],
    };
    const updated = await taken(`numbers/update?id=${id}`, { ...whole, unknown: 1 });
    assert.deepEqual(updated.example_context, { name: 'Ann', age: '7' });
    assert.equal(updated.label, 'Desk');
    await taken(`numbers/update?id=${id}`, {});
    const shown = await get(`id=${id}`);
    assert.deepEqual(
      [shown.label, shown.description, shown.outbound_only, shown.tags],
      ['Desk', 'Business line', true, ['a']],
    );
    const cleared = await taken(
      `numbers/update?id=${id}`,
      Object.fromEntries(Object.keys(whole).map((key) => [key, null])),
    );
    assert.deepEqual(
      [cleared.label, cleared.description, cleared.outbound_only, cleared.example_context],
      ['', undefined, false, undefined],
    );
  });

  it('make an agent of one given in place, then change that one', async () => {
    const { id } = await link();
    const made = await taken(`numbers/update?id=${id}`, {
      inbound_agent: { name: 'Ann', prompt: { content: 'Hi' }, initial_message_delay: 1000 },
    });
    const changed = await taken(`numbers/update?id=${id}`, { inbound_agent: { label: 'Desk' } });
    assert.equal(changed.inbound_agent, made.inbound_agent);
    const agent = await exchange.storage.agents.get(exchange.orgId, made.inbound_agent as string);
    assert.deepEqual([agent?.name, agent?.label, agent?.dials?.initialMessageDelayMs], ['Ann', 'Desk', 1000]);
    const broken = await send(`numbers/update?id=${id}`, {
      inbound_agent: { voice: { type: 'voice_rime' } },
    });
    assert.equal(broken.status, 400);
    assert.match(broken.text, /inbound_agent.voice.speaker should not be empty/);
  });

  it('go to another agent by its id, or with the whole of it', async () => {
    const first = await taken('agents/create', { name: 'First' });
    const second = await taken('agents/create', { name: 'Second' });
    const { id } = await link({ inbound_agent: first.id });
    const moved = await taken(`numbers/update?id=${id}`, { inbound_agent: second });
    assert.equal(moved.inbound_agent, second.id);
    const untouched = await exchange.inject('GET', `/fluents/v1/agents?id=${first.id}`);
    assert.deepEqual(untouched.body, first);
  });

  it('are answered by nobody once detached or updated to null', async () => {
    const agent = await taken('agents/create', { name: 'Ann' });
    for (const detach of [
      (id: string) => taken(`numbers/detach?id=${id}`),
      (id: string) => taken(`numbers/update?id=${id}`, { inbound_agent: null }),
    ]) {
      const { id } = await link({ inbound_agent: agent.id });
      assert.equal(Object.hasOwn(await detach(id), 'inbound_agent'), false);
      const stored = await exchange.storage.numbers.get(exchange.orgId, id);
      assert.deepEqual(stored?.binding, {});
    }
  });

  it('are gone once cancelled', async () => {
    const linked = await link({ inbound_agent: { name: 'Ann' } });
    const cancelled = await taken(`numbers/cancel?phone_number=${linked.number as string}`);
    assert.deepEqual(cancelled, { ...linked, active: false });
    assert.equal((await exchange.inject('GET', `/fluents/v1/numbers?id=${linked.id}`)).status, 404);
  });

  it('cannot be bought, which is said clearly', async () => {
    for (const reply of [
      await send('numbers/buy', { area_code: '415', telephony_provider: 'twilio' }),
      await exchange.inject('GET', '/fluents/v1/numbers/available?limit=5'),
    ]) {
      assert.equal(reply.status, 400);
      assert.match(reply.text, /cannot be bought here: no carrier that sells them is connected/);
    }
  });

  it("show the same in Vapi's words", async () => {
    const linked = await link({ inbound_agent: { name: 'Ann' } });
    await taken(`numbers/update?id=${linked.id}`, { label: 'Desk' });
    const { id, number, name, assistantId, twilioAccountSid } = (
      await exchange.inject('GET', `/phone-number/${linked.id}`)
    ).body as Json;
    assert.deepEqual(
      { id, number, name, assistantId, twilioAccountSid },
      {
        id: linked.id,
        number: linked.number,
        name: 'Desk',
        assistantId: linked.inbound_agent,
        twilioAccountSid: 'AC1',
      },
    );
    const { id: sipId } = (
      await exchange.inject('POST', '/phone-number', { provider: 'vapi', sipUri: 'sip:desk@sip.vapi.ai' })
    ).body as Json;
    assert.equal((await get('phone_number=desk')).id, sipId);
  });
});
