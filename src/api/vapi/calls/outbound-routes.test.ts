import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';
import type { OutboundOrder } from '../../../domain/calls/outbound-order.ts';
import { ExchangeError } from '../../../domain/errors.ts';
import { newId } from '../../../lib/ids.ts';

type Json = Record<string, unknown>;

const CUSTOMER = { number: '+14155550123' };

let exchange: HttpExchange;
let phoneNumberId: string;
let assistantId: string;

async function post(path: string, body: object, key = exchange.key) {
  const reply = await exchange.inject('POST', path, body, { key });
  return { ...reply, body: reply.body as Json };
}

before(async () => {
  exchange = await openHttpExchange();
  const credential = { provider: 'byo-sip-trunk', gateways: [{ ip: '8.8.8.8' }] };
  const { id: credentialId } = (await post('/credential', credential)).body;
  const number = { provider: 'byo-phone-number', number: '+14155550100', credentialId };
  phoneNumberId = String((await post('/phone-number', number)).body.id);
  assistantId = String((await post('/assistant', { name: 'Desk' })).body.id);
});
beforeEach(() => {
  exchange.outbound.orders.length = 0;
  exchange.outbound.refusal = undefined;
});
after(() => exchange.close());

describe('POST /call', () => {
  it('answers with the call and what is left of the lines, at both paths', async () => {
    exchange.outbound.lines = { isBlocked: false, limit: 10, remaining: 9 };
    for (const path of ['/call', '/call/phone', '/vapi/call']) {
      const body = {
        phoneNumberId,
        assistantId,
        customer: { ...CUSTOMER, name: 'Ann', email: 'a@b.c' },
        name: 'x',
      };
      const reply = await post(path, body);
      assert.equal(reply.status, 201, reply.text);
      const { type, status, customer, name, subscriptionLimits } = reply.body;
      assert.deepEqual(
        { type, status, customer, name, subscriptionLimits },
        {
          type: 'outboundPhoneCall',
          status: 'queued',
          customer: { ...CUSTOMER, name: 'Ann', email: 'a@b.c' },
          name: 'x',
          subscriptionLimits: {
            concurrencyBlocked: false,
            concurrencyLimit: 10,
            remainingConcurrentCalls: 9,
          },
        },
      );
      assert.equal(Object.hasOwn(reply.body, 'phoneCallProviderId'), false, 'nothing was dialled');
    }
  });

  it('takes an assistant or a squad, stored or given, with overrides of the call and of its customer', async () => {
    const of = async (body: object) => {
      const reply = await post('/call', { phoneNumberId, customer: CUSTOMER, ...body });
      assert.equal(reply.status, 201, reply.text);
      return exchange.outbound.orders.at(-1)?.agent;
    };
    const assistantOverrides = { firstMessage: 'Hi', variableValues: { a: 1, b: 1 } };
    const customer = { ...CUSTOMER, assistantOverrides: { variableValues: { b: 2 } } };
    const stored = await of({ assistantId, assistantOverrides, customer });
    assert.equal(stored?.kind, 'agent');
    assert.deepEqual(stored?.overrides?.variables, { a: 1, b: 2 });
    assert.equal(stored?.overrides?.fields.firstMessage, 'Hi');
    assert.equal((await of({ assistant: { name: 'T' } }))?.kind, 'transient-agent');
    const squad = { members: [{ assistantId }] };
    assert.equal((await of({ squad }))?.kind, 'transient-squad');
    const { id: squadId } = (await post('/squad', squad)).body;
    assert.deepEqual(await of({ squadId }), { kind: 'squad', squadId });
  });

  it('takes a number that is given with the call', async () => {
    const phoneNumber = { twilioPhoneNumber: '+14155550101', twilioAccountSid: 'AC1', twilioAuthToken: 't' };
    const reply = await post('/call', { phoneNumber, assistantId, customer: CUSTOMER });
    assert.equal(reply.status, 201, reply.text);
    assert.equal(reply.body.phoneNumberId, undefined);
    const [order] = exchange.outbound.orders;
    assert.deepEqual([order?.number.address, order?.isTransientNumber], ['+14155550101', true]);
    assert.equal(reply.text.includes('"t"'), false, 'the token is not shown');
  });

  it('refuses what is missing or wrong in the words of the vendor, and orders nothing', async () => {
    const vapi = (await post('/phone-number', { provider: 'vapi', sipUri: 'sip:x@sip.vapi.ai' })).body.id;
    const lost = newId();
    const whole = { phoneNumberId, assistantId, customer: CUSTOMER };
    const cases: [object, string | RegExp][] = [
      [
        { ...whole, phoneNumberId: undefined },
        "Couldn't Get Phone Number. Need Either `phoneNumberId` Or `phoneNumber`.",
      ],
      [
        { ...whole, phoneNumberId: lost },
        `Couldn't Get Phone Number. \`phoneNumberId\` ${lost} Does Not Exist.`,
      ],
      [{ ...whole, phoneNumberId: vapi }, "Vapi Numbers Can't Dial Outbound Yet."],
      [{ ...whole, assistantId: lost }, `Couldn't Get Assistant. \`assistantId\` ${lost} Does Not Exist.`],
      [{ ...whole, assistantId: undefined }, /Need Either `assistantId`/],
      [{ ...whole, customer: undefined }, "Couldn't Get Customer. Need Either `customer` Or `customers`."],
      [{ ...whole, squadId: lost, assistantId: undefined }, /squadId/],
      [{ ...whole, workflowId: lost }, /Workflows Are Retired/],
      [{ ...whole, customerId: 'c' }, /`customerId` c Does Not Exist/],
      [
        { ...whole, customer: { number: '12345' } },
        /customer.number must be a valid phone number in the E.164 format/,
      ],
      [{ ...whole, customer: { name: 'Ann' } }, /customer.number must be given/],
      [{ ...whole, customer: { ...CUSTOMER, extension: '1w2' } }, /customer.extension must be keys/],
      [
        { ...whole, schedulePlan: { earliestAt: '2030-01-02T00:00:00Z', latestAt: '2030-01-01T00:00:00Z' } },
        /latestAt must not be before/,
      ],
      [{ ...whole, nonsense: 1 }, /property nonsense should not exist/],
    ];
    for (const [body, expected] of cases) {
      const reply = await post('/call', body);
      assert.equal(reply.status, 400, JSON.stringify(body));
      const message = [reply.body.message].flat().join('; ');
      if (typeof expected === 'string') assert.equal(message, expected);
      else assert.match(message, expected);
    }
    assert.equal((await post('/call', whole, exchange.otherKey)).status, 400, 'what is foreign is not there');
    exchange.outbound.refusal = 'numbers abroad (GB) are not called';
    assert.equal(
      (await post('/call', whole)).body.message,
      "Couldn't Start Call. Numbers abroad (GB) are not called.",
    );
    assert.deepEqual(exchange.outbound.orders, []);
  });

  it('of a batch tells beside the calls what failed after the first, so that nobody is called twice', async (context) => {
    const { outbound, storage } = exchange;
    const away = new ExchangeError('storage-failed', 'The exchange could not read or write its records.');
    const customers = [1, 2, 3].map((last) => ({ number: `+1415555010${last}` }));
    const order = { phoneNumberId, assistantId, customers };
    const place = outbound.place.bind(outbound);
    let isAway = (_to: string | undefined): boolean => true;
    context.mock.method(outbound, 'place', async (one: OutboundOrder) => {
      if (isAway(one.customer.number)) throw away;
      return place(one);
    });
    assert.equal((await post('/call', order)).status, 500, 'nothing was placed: it may be sent again');
    isAway = (to) => to === customers[1]?.number;
    // What is read after the first call must not fail the reply either.
    const getOrg = storage.orgs.getOrg.bind(storage.orgs);
    context.mock.method(storage.orgs, 'getOrg', async (id: string) => {
      if (outbound.orders.length > 0) throw away;
      return getOrg(id);
    });
    const reply = await post('/call', order);
    assert.equal(reply.status, 201, reply.text);
    const { results, errors } = reply.body as { results: Json[]; errors: Json[] };
    assert.deepEqual(
      results.map(({ customer }) => customer),
      [customers[0], customers[2]],
    );
    assert.deepEqual(errors, [{ customer: customers[1], error: away.message }]);
  });

  it('of a batch that names nobody to speak is refused whole', async () => {
    const reply = await post('/call', { phoneNumberId, customers: [CUSTOMER] });
    assert.equal(reply.status, 400);
    assert.match(String(reply.body.message), /Need Either `assistantId`/);
  });

  it('names what it is placed without', async () => {
    const overrides = { workflowOverrides: { variableValues: {} }, transport: { provider: 'twilio' } };
    await post('/call', { phoneNumberId, assistantId, customer: CUSTOMER, ...overrides });
    assert.deepEqual(exchange.outbound.orders[0]?.ignoredFields, ['transport', 'workflowOverrides']);
  });

  it('keeps the plan of one that is for later', async () => {
    const schedulePlan = { earliestAt: '2030-01-01T00:00:00.000Z', latestAt: '2030-01-02T00:00:00.000Z' };
    const reply = await post('/call', { phoneNumberId, assistantId, customer: CUSTOMER, schedulePlan });
    assert.deepEqual([reply.body.status, reply.body.schedulePlan], ['scheduled', schedulePlan]);
    const path = `/call/${reply.body.id}`;
    const foreign = await exchange.inject('DELETE', path, undefined, { key: exchange.otherKey });
    assert.equal(foreign.status, 404);
    const removed = (await exchange.inject('DELETE', path)).body as Json;
    assert.equal(removed.status, 'ended');
  });
});
