import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';
import { makeReferences } from '../../../../test/support/vapi-bodies.ts';
import { RETRY_WINDOW_MS } from './twin.ts';

type Json = Record<string, unknown>;

let exchange: HttpExchange;
let references: Awaited<ReturnType<typeof makeReferences>>;

async function send(method: string, url: string, body?: unknown, key?: string) {
  const { status, body: reply } = await exchange.inject(method, url, body, key ? { key } : {});
  return { status, body: reply as Json };
}
const post = (body: unknown, key?: string) => send('POST', '/phone-number', body, key);
const messagesOf = ({ body }: { body: Json }) => body.message;

before(async () => {
  exchange = await openHttpExchange();
  references = await makeReferences(exchange);
});
after(() => exchange.close());
beforeEach(async () => {
  for (const { id } of (await exchange.inject('GET', '/phone-number?limit=1000')).body as { id: string }[]) {
    await send('DELETE', `/phone-number/${id}`);
  }
});

describe('creating a number', () => {
  it('gives a vapi number a SIP URI of its own, active at once', async () => {
    const { status, body } = await post({ provider: 'vapi' });
    assert.equal(status, 201);
    assert.match(String(body.sipUri), /^sip:[0-9a-f-]{36}@sip\.exchange\.test$/);
    const { id, sipUri, ...rest } = body;
    const at = new Date(exchange.clock.now()).toISOString();
    assert.deepEqual(rest, {
      orgId: exchange.orgId,
      provider: 'vapi',
      status: 'active',
      createdAt: at,
      updatedAt: at,
    });
  });

  it('keeps a SIP URI of ours or of the hosted service as it is, and refuses other hosts', async () => {
    for (const sipUri of ['sip:Joe@sip.vapi.ai', 'sip:ann@SIP.exchange.test:5060']) {
      assert.equal((await post({ provider: 'vapi', sipUri })).body.sipUri, sipUri);
    }
    for (const sipUri of [
      'sip:joe@elsewhere.example',
      'sip:sip.vapi.ai',
      'tel:+1',
      'sip:a@sip.vapi.ai;x=1',
    ]) {
      const refused = await post({ provider: 'vapi', sipUri });
      assert.equal(refused.status, 400, sipUri);
      assert.match(String(messagesOf(refused)), /^sipUri must be/);
    }
  });

  it("fills the vendor's defaults, and waits for the carrier", async () => {
    const twilio = await post({ provider: 'twilio', number: '+14155550123', twilioAccountSid: 'AC1' });
    assert.equal(twilio.body.smsEnabled, true);
    assert.equal(twilio.body.status, 'activating');
    const byo = await post({ provider: 'byo-phone-number', credentialId: references['byo-phone-number'] });
    assert.equal(byo.body.numberE164CheckEnabled, true);
    assert.equal('number' in byo.body, false);
  });

  it('never returns a secret', async () => {
    const secret = 'correct-horse-battery-staple';
    const made = [
      await post({
        provider: 'vapi',
        authentication: { username: 'u'.repeat(20), password: secret, realm: 'r' },
      }),
      await post({ provider: 'vapi', server: { url: 'https://hook.example', secret } }),
      await post({
        provider: 'twilio',
        number: '+14155550123',
        twilioAccountSid: 'AC1',
        twilioAuthToken: secret,
        twilioApiKey: secret,
        twilioApiSecret: secret,
      }),
    ];
    assert.deepEqual(made[0]?.body.authentication, { realm: 'r', username: 'u'.repeat(20) });
    for (const { status, body } of made) {
      assert.equal(status, 201);
      for (const url of [`/phone-number/${body.id}`, '/phone-number', '/v2/phone-number']) {
        assert.equal((await exchange.inject('GET', url)).text.includes(secret), false, url);
      }
    }
    const stored = await exchange.storage.numbers.get(exchange.orgId, String(made[2]?.body.id));
    assert.equal(stored?.twilio?.authToken?.reveal(), secret);
  });

  it("names every broken rule in the vendor's words", async () => {
    const refused = await post({
      provider: 'vapi',
      name: 'x'.repeat(41),
      assistantId: '12',
      twilioPhoneNumber: '+1',
      authentication: { username: 'short', password: 'p'.repeat(20) },
      server: { timeoutSeconds: 301, foo: 1 },
      hooks: [{ on: 'call.ringing', do: [{ type: 'say' }] }],
      fallbackDestination: { type: 'number', number: '5551234' },
    });
    assert.equal(refused.status, 400);
    assert.deepEqual(
      new Set(messagesOf(refused) as string[]),
      new Set([
        'authentication.username must be longer than or equal to 20 characters',
        'name must be shorter than or equal to 40 characters',
        'assistantId must be a UUID',
        'server.timeoutSeconds must not be greater than 300',
        'server.property foo should not exist',
        'fallbackDestination.number must be a valid phone number in the E.164 format. Hot tip, you may be missing the country code (Eg. US: +1).',
        'hooks.0.do.0.exact must be a string',
        'property twilioPhoneNumber should not exist',
      ]),
    );
  });

  it('checks numbers as E.164 unless a byo number says otherwise', async () => {
    const byo = { provider: 'byo-phone-number', credentialId: references['byo-phone-number'] };
    for (const number of ['4155550123', '+15555551234', '+1 415 555 0123', 'abc']) {
      assert.deepEqual(messagesOf(await post({ ...byo, number })), [
        'number must be a valid phone number in the E.164 format. Hot tip, you may be missing the country code (Eg. US: +1).',
      ]);
    }
    const relaxed = { ...byo, numberE164CheckEnabled: false };
    assert.equal((await post({ ...relaxed, number: 'ext101' })).status, 201);
    for (const number of ['12', 'x'.repeat(41), 'a-b', 'a;b=c', '++1']) {
      assert.equal((await post({ ...relaxed, number })).status, 400, number);
    }
  });

  it('refuses credentials that the org lacks or that are of another kind, and unknown assistants', async () => {
    const ghost = '018bcfe5-6800-7000-8000-000000000000';
    const cases: [object, string][] = [
      [
        { provider: 'telnyx', number: '+14155550123', credentialId: ghost },
        `Couldn't Get Credential. \`credentialId\` ${ghost} Does Not Exist.`,
      ],
      [
        { provider: 'telnyx', number: '+14155550123', credentialId: references.vonage },
        `Couldn't Use Credential. \`credentialId\` ${references.vonage} Is Not A \`telnyx\` Credential.`,
      ],
      [
        { provider: 'vapi', assistantId: ghost },
        `Couldn't Get Assistant. \`assistantId\` ${ghost} Does Not Exist.`,
      ],
    ];
    for (const [body, message] of cases) {
      const refused = await post(body);
      assert.equal(refused.status, 400);
      assert.equal(messagesOf(refused), message);
    }
  });

  it('says that a number cannot be bought without a carrier', async () => {
    const refused = await post({ provider: 'vapi', numberDesiredAreaCode: '415' });
    assert.equal(refused.status, 400);
    assert.match(String(messagesOf(refused)), /^Couldn't Buy Phone Number\./);
    assert.deepEqual(messagesOf(await post({ provider: 'vapi', numberDesiredAreaCode: '4155' })), [
      'numberDesiredAreaCode must be shorter than or equal to 3 characters',
    ]);
  });
});

describe('a create of what exists', () => {
  const body = () => ({
    provider: 'vapi',
    sipUri: 'sip:desk@sip.vapi.ai',
    name: 'Desk',
    authentication: { username: 'u'.repeat(20), password: 'p'.repeat(20) },
    server: { url: 'https://hook.example', secret: 's' },
    hooks: [
      { on: 'call.ringing', filters: [{ type: 'startsWith', key: 'number', startsWith: ['1'] }], do: [] },
    ],
  });

  it('repeated within a minute gives the same object, also when sent at the same time', async () => {
    const replies = await Promise.all([post(body()), post(body()), post(body())]);
    assert.deepEqual(
      replies.map(({ status }) => status),
      [201, 201, 201],
    );
    assert.equal(new Set(replies.map((reply) => reply.body.id)).size, 1);
    exchange.clock.advance(RETRY_WINDOW_MS - 1);
    assert.deepEqual(await post(body()), replies[0]);
    assert.equal(await exchange.storage.numbers.count(exchange.orgId), 1);
  });

  it('is refused after a minute, with any other wish, after a change, and from another org', async () => {
    const refused = async (wish: object, key?: string) => {
      const reply = await post(wish, key);
      assert.equal(reply.status, 400, JSON.stringify(reply.body));
      assert.match(String(messagesOf(reply)), /Existing Phone Number Uses This SIP URI Already/);
    };
    const made = await post(body());
    await refused({ ...body(), name: 'Other' });
    await refused({ ...body(), server: { url: 'https://hook.example', secret: 'other' } });
    await refused({ ...body(), authentication: { username: 'u'.repeat(20), password: 'q'.repeat(20) } });
    await refused({ ...body(), sipUri: 'sip:DESK@sip.exchange.test' });
    await refused(body(), exchange.otherKey);
    await send('PATCH', `/phone-number/${made.body.id}`, { name: 'Changed' });
    await refused(body());
    await send('PATCH', `/phone-number/${made.body.id}`, { name: 'Desk' });
    assert.equal((await post(body())).status, 201);
    exchange.clock.advance(RETRY_WINDOW_MS);
    await refused(body());
  });

  it('is a new object once the first is deleted, and for numbers without an address', async () => {
    const first = await post(body());
    await send('DELETE', `/phone-number/${first.body.id}`);
    assert.notEqual((await post(body())).body.id, first.body.id);
    assert.notEqual((await post({ provider: 'vapi' })).body.id, (await post({ provider: 'vapi' })).body.id);
  });

  it('is refused for a number of a carrier, while byo numbers are apart by credential', async () => {
    const telnyx = { provider: 'telnyx', number: '+14155550123', credentialId: references.telnyx };
    const twilio = { provider: 'twilio', number: '+14155550123', twilioAccountSid: 'AC1' };
    const first = await post(telnyx);
    assert.equal((await post(telnyx)).body.id, first.body.id);
    assert.match(String(messagesOf(await post(twilio))), /Uses This Number Already/);
    const trunk = await send('POST', '/credential', {
      provider: 'byo-sip-trunk',
      gateways: [{ ip: '192.0.2.9' }],
    });
    const byo = { provider: 'byo-phone-number', number: '+14155550123' };
    const ids = new Set();
    for (const credentialId of [references['byo-phone-number'], trunk.body.id]) {
      const made = await post({ ...byo, credentialId });
      assert.equal(made.status, 201);
      ids.add(made.body.id);
    }
    assert.equal(ids.size, 2);
  });
});

describe('changing a number', () => {
  it('merges top-level keys, replaces nested objects whole, and takes null as unset', async () => {
    const { body } = await post({
      provider: 'vapi',
      name: 'Desk',
      assistantId: references.assistantId,
      server: { url: 'https://a.example', timeoutSeconds: 5, headers: { 'x-a': 'b' } },
      fallbackDestination: { type: 'sip', sipUri: 'sip:a@b.example' },
    });
    exchange.clock.advance(1000);
    const changed = await send('PATCH', `/phone-number/${body.id}`, {
      assistantId: null,
      fallbackDestination: null,
      server: { url: 'https://b.example' },
    });
    assert.equal(changed.status, 200);
    const { assistantId: _, fallbackDestination: __, ...rest } = body;
    assert.deepEqual(changed.body, {
      ...rest,
      server: { url: 'https://b.example' },
      updatedAt: new Date(exchange.clock.now()).toISOString(),
    });
    assert.deepEqual((await send('GET', `/phone-number/${body.id}`)).body, changed.body);
  });

  it("takes the provider only if it is the number's own, and no key of another provider", async () => {
    const { body } = await post({ provider: 'vapi' });
    const url = `/phone-number/${body.id}`;
    assert.equal((await send('PATCH', url, { provider: 'vapi', name: 'a' })).body.name, 'a');
    assert.deepEqual(messagesOf(await send('PATCH', url, { provider: 'twilio' })), [
      'provider must be one of the following values: vapi',
    ]);
    for (const key of ['number', 'credentialId', 'smsEnabled', 'numberDesiredAreaCode', 'id', 'status']) {
      assert.deepEqual(messagesOf(await send('PATCH', url, { [key]: 'x' })), [
        `property ${key} should not exist`,
      ]);
    }
  });

  it('does not unset what a number of its provider must have', async () => {
    const vapi = await post({ provider: 'vapi' });
    assert.equal((await send('PATCH', `/phone-number/${vapi.body.id}`, { sipUri: null })).status, 400);
    const telnyx = await post({
      provider: 'telnyx',
      number: '+14155550123',
      credentialId: references.telnyx,
    });
    for (const change of [{ number: null }, { credentialId: null }]) {
      assert.equal((await send('PATCH', `/phone-number/${telnyx.body.id}`, change)).status, 400);
    }
  });

  it('keeps a secret that cannot be read back as long as the URL stays', async () => {
    const { body } = await post({ provider: 'vapi', server: { url: 'https://a.example', secret: 's' } });
    const secret = async () =>
      (await exchange.storage.numbers.get(exchange.orgId, String(body.id)))?.server?.secret?.reveal();
    await send('PATCH', `/phone-number/${body.id}`, {
      server: { url: 'https://a.example', timeoutSeconds: 9 },
    });
    assert.equal(await secret(), 's');
    await send('PATCH', `/phone-number/${body.id}`, { server: { url: 'https://b.example' } });
    assert.equal(await secret(), undefined);
  });

  it('checks a byo number by the flag that is stored or sent', async () => {
    const { body } = await post({
      provider: 'byo-phone-number',
      credentialId: references['byo-phone-number'],
      number: '101',
      numberE164CheckEnabled: false,
    });
    const url = `/phone-number/${body.id}`;
    assert.equal((await send('PATCH', url, { number: '102' })).body.number, '102');
    assert.match(
      String(messagesOf(await send('PATCH', url, { numberE164CheckEnabled: true }))),
      /^number must be/,
    );
    assert.equal(
      (await send('PATCH', url, { number: '+14155550123', numberE164CheckEnabled: null })).status,
      200,
    );
    assert.equal((await send('GET', url)).body.numberE164CheckEnabled, true);
  });

  it("refuses another number's SIP URI, of whichever org", async () => {
    await post({ provider: 'vapi', sipUri: 'sip:theirs@sip.vapi.ai' }, exchange.otherKey);
    const { body } = await post({ provider: 'vapi' });
    const refused = await send('PATCH', `/phone-number/${body.id}`, {
      sipUri: 'sip:Theirs@sip.exchange.test',
    });
    assert.equal(refused.status, 400);
    assert.match(String(messagesOf(refused)), /SIP URI Already/);
  });
});
