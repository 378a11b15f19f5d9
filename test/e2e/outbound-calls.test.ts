import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startCustomerServer } from '../support/customer-server.ts';
import { withHearing } from '../support/hearing.ts';
import { type OutboundScene, OWN_NUMBER, openOutboundScene, trunkTo } from '../support/outbound-scene.ts';
import { callTo } from '../support/ringing-scene.ts';
import { assistant, scripted } from '../support/test-agents.ts';
import { until } from '../support/until.ts';

const hearing = await withHearing();
/** Where nobody listens. */
const DEAD_PORT = 9;
/** Enough for all who answer, and soon over for who does not. */
const RING_LIMIT_MS = 7_000;
const FACTS = 'Opening hours: We are open from nine to five.';

type Json = Record<string, unknown>;

let scene: OutboundScene;
let made = 0;

/** A number of the home country that no other test calls. */
function customer(): { number: string } {
  made += 1;
  return { number: `+1415555${String(1000 + made)}` };
}

before(async () => {
  scene = await openOutboundScene({ OFFHOOK_RING_LIMIT_MS: String(RING_LIMIT_MS) });
});
beforeEach(() => {
  scene.operator.manner = { does: 'answer' };
});
after(() => scene.close());

const greeter = (settings: object = {}) =>
  assistant({ firstMessage: 'Hello, this is the bakery.', model: scripted(FACTS), ...settings });

describe('a call that is ordered', () => {
  test('is placed over the trunk, and the agent speaks with who answers', hearing, async (context) => {
    const to = customer();
    const server = await startCustomerServer({});
    context.after(() => server.close());
    const id = await scene.order({
      customer: { ...to, name: 'Ann' },
      assistant: greeter({ server: { url: server.url } }),
      name: 'reminder',
    });
    const call = await callTo(scene.operator, to.number);
    assert.equal(
      call.session.request.headers.find(({ name }) => name === 'P-Asserted-Identity')?.value,
      `<sip:${OWN_NUMBER}@127.0.0.1>`,
    );
    const greeting = await call.nextSpurt(10_000);
    assert.equal(
      await scene.phone.understand(greeting, ['hello this is the bakery', 'good bye']),
      'hello this is the bakery',
    );
    await scene.phone.say(call, 'What are your opening hours?');
    const answer = await call.nextSpurt(15_000);
    const expected = 'we are open from nine to five';
    assert.equal(await scene.phone.understand(answer, [expected, 'hello this is the bakery']), expected);
    const up = await scene.call(id);
    assert.equal(up.status, 'in-progress');
    assert.ok((up.monitor as Json).controlUrl);
    await call.hangup();
    const record = await scene.ended(id);
    assert.equal(record.endedReason, 'customer-ended-call');
    assert.deepEqual(
      [record.type, record.name, record.phoneNumberId],
      ['outboundPhoneCall', 'reminder', scene.numberId],
    );
    assert.deepEqual(record.customer, { ...to, name: 'Ann' });
    assert.match(String(record.artifact.transcript), /Opening hours|opening hours/i);
    assert.ok(record.artifact.stereoRecordingUrl);
    await until('the report', () => server.all('end-of-call-report').length === 1);
    const statuses = server.all('status-update').map(({ message }) => message?.status);
    assert.deepEqual(statuses, ['queued', 'ringing', 'in-progress', 'ended']);
  });

  const FAILURES: [number, string, string][] = [
    [486, 'customer-busy', 'none'],
    [600, 'customer-busy', 'none'],
    [603, 'customer-did-not-answer', 'none'],
    [480, 'call.in-progress.error-providerfault-outbound-sip-480-temporarily-unavailable', 'carrier'],
    [403, 'call.in-progress.error-providerfault-outbound-sip-403-forbidden', 'carrier'],
    [408, 'call.in-progress.error-providerfault-outbound-sip-408-request-timeout', 'carrier'],
    [503, 'call.in-progress.error-providerfault-outbound-sip-503-service-unavailable', 'carrier'],
    [404, 'call.in-progress.error-sip-outbound-call-failed-to-connect', 'carrier'],
    [500, 'call.in-progress.error-sip-outbound-call-failed-to-connect', 'carrier'],
  ];
  for (const [status, endedReason, blame] of FAILURES) {
    test(`ends as ${endedReason} where the far end says ${status}`, async () => {
      scene.operator.manner = { does: 'refuse', status };
      const record = await scene.ended(await scene.order({ customer: customer(), assistant: greeter() }));
      assert.deepEqual([record.endedReason, record.endedBlame], [endedReason, blame]);
      assert.match(String(record.endedMessage), new RegExp(String(status)));
      assert.equal(record.startedAt, undefined);
    });
  }

  test('ends as not connected where the gateway cannot be reached', async () => {
    const { id: credentialId } = await scene.exchange.api<Json>('POST', '/credential', trunkTo(DEAD_PORT));
    const number = { provider: 'byo-phone-number', number: '+14155550109', credentialId };
    const { id: phoneNumberId } = await scene.exchange.api<Json>('POST', '/phone-number', number);
    const id = await scene.order({ phoneNumberId, customer: customer(), assistant: greeter() });
    const record = await scene.ended(id, 20_000);
    assert.equal(record.endedReason, 'call.in-progress.error-sip-outbound-call-failed-to-connect');
  });

  test('rings for as long as it may, and then nobody is there', async () => {
    scene.operator.manner = { does: 'ring' };
    const to = customer();
    const id = await scene.order({ customer: to, assistant: greeter() });
    const call = await callTo(scene.operator, to.number);
    await until('it rings', async () => (await scene.call(id)).status === 'ringing');
    assert.equal((await call.whenEnded(2 * RING_LIMIT_MS)).cancelled, true);
    const record = await scene.ended(id);
    assert.equal(record.endedReason, 'customer-did-not-answer');
    assert.equal(record.startedAt, undefined);
  });

  test('is taken back while it rings', async () => {
    scene.operator.manner = { does: 'ring' };
    const to = customer();
    const id = await scene.order({ customer: to, assistant: greeter() });
    const call = await callTo(scene.operator, to.number);
    await until('it rings', async () => (await scene.call(id)).status === 'ringing');
    const { status, body } = await scene.request('DELETE', `/call/${id}`);
    assert.equal(status, 200);
    assert.deepEqual([body.status, body.endedReason], ['ended', 'manually-canceled']);
    await call.whenEnded(5_000);
    const record = await scene.ended(id);
    assert.equal(record.endedReason, 'manually-canceled');
    assert.equal((await scene.request('DELETE', `/call/${id}`)).status, 200);
    assert.equal((await scene.request('GET', `/call/${id}`)).status, 404);
  });

  test('goes to a SIP URI without a trunk, and presses the extension', async () => {
    const id = await scene.order({
      customer: { sipUri: scene.operator.uri('ann-by-uri'), extension: '42' },
      assistant: greeter(),
    });
    const call = await callTo(scene.operator, 'ann-by-uri');
    const keys: string[] = [];
    call.media.dtmf.on(({ digit }) => keys.push(digit));
    await until('the keys', () => keys.join('') === '42', 10_000);
    await call.hangup();
    await scene.ended(id);
  });

  test('presses the extension over a trunk, where the customer has one', async () => {
    const to = customer();
    const id = await scene.order({ customer: { ...to, extension: '7#' }, assistant: greeter() });
    const call = await callTo(scene.operator, to.number);
    const keys: string[] = [];
    call.media.dtmf.on(({ digit }) => keys.push(digit));
    await until('the keys', () => keys.join('') === '7#', 10_000);
    await call.hangup();
    await scene.ended(id);
  });

  test("of a batch is one of many; a refusal is no other customer's", async () => {
    scene.operator.manner = { does: 'refuse', status: 486 };
    const customers = [customer(), { number: '+442079460018' }, customer()];
    const body = { phoneNumberId: scene.numberId, customers, assistant: greeter() };
    const reply = await scene.request('POST', '/call', body);
    assert.equal(reply.status, 201, JSON.stringify(reply.body));
    const { results, errors, subscriptionLimits } = reply.body as {
      results: Json[];
      errors: Json[];
      subscriptionLimits: Json;
    };
    assert.deepEqual(
      results.map((call) => (call.customer as Json).number),
      [customers[0]?.number, customers[2]?.number],
    );
    assert.deepEqual(
      errors.map(({ customer: whom }) => whom),
      [customers[1]],
    );
    assert.match(String(errors[0]?.error), /Numbers abroad \(GB\)/);
    assert.equal(subscriptionLimits.concurrencyBlocked, false);
    for (const { id } of results) assert.equal((await scene.ended(String(id))).endedReason, 'customer-busy');
  });

  test('for later waits, and is placed at its time', async () => {
    const to = customer();
    const earliestAt = new Date(Date.now() + 2_000).toISOString();
    const id = await scene.order({ customer: to, assistant: greeter(), schedulePlan: { earliestAt } });
    const waiting = await scene.call(id);
    assert.deepEqual([waiting.status, waiting.schedulePlan], ['scheduled', { earliestAt }]);
    const call = await callTo(scene.operator, to.number, 20_000);
    assert.ok(Date.now() >= Date.parse(earliestAt), 'not before its time');
    await call.hangup();
    await scene.ended(id);
  });

  const losses = [
    {
      what: 'is blocked',
      number: '+14155550177',
      lose: (id: string) => scene.exchange.api('PATCH', `/admin/numbers/${id}`, { blocked: true }),
      end: ['call.start.error-fraud-check-failed', 'the number is blocked'],
    },
    {
      what: 'is deleted',
      number: '+14155550178',
      lose: (id: string) => scene.exchange.api('DELETE', `/phone-number/${id}`),
      end: [
        'call.start.error-get-phone-number',
        'the org has the number no more: it was deleted, or handed to another org',
      ],
    },
  ];
  for (const { what, number, lose, end } of losses)
    test(`for later is not dialled where its number ${what} by then, and says so`, async () => {
      const { credentialId } = await scene.exchange.api<Json>('GET', `/phone-number/${scene.numberId}`);
      const { id: phoneNumberId } = await scene.exchange.api<{ id: string }>('POST', '/phone-number', {
        provider: 'byo-phone-number',
        number,
        credentialId,
      });
      const to = customer();
      const earliestAt = new Date(Date.now() + 1_000).toISOString();
      const order = { phoneNumberId, customer: to, assistant: greeter(), schedulePlan: { earliestAt } };
      const id = await scene.order(order);
      await lose(phoneNumberId);
      const { endedReason, endedMessage } = await scene.ended(id);
      assert.deepEqual([endedReason, endedMessage], end);
      const dialled = scene.operator.calls.map(({ session }) => session.request.uri.user);
      assert.ok(!dialled.includes(to.number));
    });

  test('for later is taken back before its time', async () => {
    const earliestAt = new Date(Date.now() + 3_600_000).toISOString();
    const id = await scene.order({
      customer: customer(),
      assistant: greeter(),
      schedulePlan: { earliestAt },
    });
    const { body } = await scene.request('DELETE', `/call/${id}`);
    assert.deepEqual([body.status, body.endedReason], ['ended', 'scheduled-call-deleted']);
  });
});

describe('the other dialects', () => {
  test('place the same call', async () => {
    const agent = await scene.exchange.api<Json>('POST', '/assistant', greeter({ name: 'Desk' }));
    await scene.exchange.api('PATCH', `/phone-number/${scene.numberId}`, { assistantId: agent.id });
    const orders: [string, (to: string) => object][] = [
      [
        '/vocode/v1/calls/create',
        (to) => ({ from_number: OWN_NUMBER.slice(1), to_number: to.slice(1), agent: agent.id }),
      ],
      [
        '/vocode/v1/calls/create',
        (to) => ({
          from_number: OWN_NUMBER,
          to_number: to,
          agent: { prompt: 'Be kind.', initial_message: 'Hello.' },
        }),
      ],
      ['/fluents/v1/calls/create', (to) => ({ from_number: OWN_NUMBER, to_number: to, agent: agent.id })],
      ['/phone/outbound-call', (to) => ({ phone_agent_id: agent.id, contact: { phone_number: to } })],
    ];
    for (const [path, bodyOf] of orders) {
      const to = customer().number;
      const reply = await scene.request('POST', path, bodyOf(to));
      assert.ok(reply.status < 300, `${path}: ${JSON.stringify(reply.body)}`);
      const call = await callTo(scene.operator, to);
      await call.answered;
      const id = String(reply.body.id);
      await until('it is up', async () => (await scene.call(id)).status === 'in-progress', 10_000);
      await call.hangup();
      assert.equal((await scene.ended(id)).endedReason, 'customer-ended-call', path);
    }
  });
});

describe('a call that another API orders', () => {
  test('is spoken in by an agent of open.cx that takes no calls', async () => {
    const agent = await scene.exchange.api<Json>('POST', '/phone', {
      name: 'Reminder',
      type: 'outbound',
      first_message: 'Hello, this is a reminder.',
    });
    const to = customer().number;
    const body = { phone_agent_id: agent.id, contact: { phone_number: to } };
    const { id } = (await scene.request('POST', '/phone/outbound-call', body)).body;
    const call = await callTo(scene.operator, to);
    await call.nextSpurt(10_000);
    await call.hangup();
    const { artifact } = await scene.ended(String(id));
    assert.equal(artifact.messages.at(-1)?.message, 'Hello, this is a reminder.');
  });

  test('names what the account of its number asks for in vain', async () => {
    const account = await scene.exchange.api<Json>('POST', '/vocode/v1/account_connections/create', {
      type: 'account_connection_twilio',
      credentials: { twilio_account_sid: 'AC1', twilio_auth_token: 'hush' },
      steering_pool: ['14155550111'],
      account_supports_any_caller_id: true,
    });
    const from = '14155550110';
    const linked = { phone_number: from, telephony_account_connection: account.id };
    await scene.exchange.api('POST', '/vocode/v1/numbers/link', linked);
    const to = customer().number;
    const agent = { prompt: 'Be kind.', initial_message: 'Hello.' };
    const order = { from_number: from, to_number: to, agent };
    const { id } = (await scene.request('POST', '/vocode/v1/calls/create', order)).body;
    await (await callTo(scene.operator, to)).hangup();
    await scene.ended(String(id));
    const lines = await scene.exchange.timeline(String(id));
    const named = lines.filter(({ type }) => type === 'field.ignored').map(({ data }) => data.field);
    assert.ok(named.includes('telephony_account_connection.steering_pool'), named.join());
    assert.ok(named.includes('telephony_account_connection.account_supports_any_caller_id'), named.join());
  });
});

describe('the policy', () => {
  test('refuses what the org may not call, in a sentence, and nothing goes out', async () => {
    const before = scene.operator.calls.length;
    const refused: [string, RegExp][] = [
      ['+442079460018', /Numbers abroad \(GB\)/],
      ['+19005550123', /Premium numbers|E.164/],
      ['911', /Emergency numbers/],
      ['00882161234567', /Satellite/],
    ];
    for (const [number, message] of refused) {
      const reply = await scene.request('POST', '/call', {
        phoneNumberId: scene.numberId,
        customer: { number, numberE164CheckEnabled: false },
        assistant: greeter(),
      });
      assert.equal(reply.status, 400, number);
      assert.match(String(reply.body.message), message);
    }
    assert.equal(scene.operator.calls.length, before);
  });

  test('is what the org says, and its kill switch ends all calls within two seconds', async () => {
    const set = (outbound: object | null) => scene.exchange.api('PATCH', '/admin/org', { outbound });
    await set({ allowedPrefixes: ['+44'] });
    const id = await scene.order({ customer: { number: '+442079460018' }, assistant: greeter() });
    const call = await callTo(scene.operator, '+442079460018');
    await call.answered;
    await until('it is up', async () => (await scene.call(id)).status === 'in-progress');
    await set({ allowedPrefixes: ['+44'], killSwitch: true });
    await call.whenEnded(2_000);
    const record = await scene.ended(id);
    assert.equal(record.endedReason, 'call.start.error-fraud-check-failed');
    const body = {
      phoneNumberId: scene.numberId,
      customer: { number: '+442079460019' },
      assistant: greeter(),
    };
    assert.equal((await scene.request('POST', '/call', body)).status, 400);
    await set(null);
  });
});
