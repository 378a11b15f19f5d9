import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';

type Json = Record<string, unknown>;

let exchange: HttpExchange;

async function send(method: string, url: string, body?: unknown) {
  const reply = await exchange.inject(method, url, body);
  return { status: reply.status, body: reply.body as Json, text: reply.text };
}
const post = (body: unknown) => send('POST', '/credential', body);
const stored = async (id: unknown) => exchange.storage.credentials.get(exchange.orgId, String(id));

before(async () => {
  exchange = await openHttpExchange();
});
after(() => exchange.close());

const TRUNK_FAILURE = {
  message: "Couldn't validate SIP trunk credential. SIP gateway creation failed.",
  error: 'Bad Request',
  statusCode: 400,
};

describe('/credential', () => {
  it("fills a trunk's defaults and hides its password", async () => {
    const { status, body } = await post({
      provider: 'byo-sip-trunk',
      name: 'Trunk',
      gateways: [
        { ip: '192.0.2.1' },
        { ip: 'sbc.example.com', inboundEnabled: false, outboundProtocol: 'tls' },
      ],
      outboundAuthenticationPlan: {
        authUsername: 'ann',
        authPassword: 'hush',
        sipRegisterPlan: { domain: 'd' },
      },
    });
    assert.equal(status, 201);
    const { id, orgId, createdAt, updatedAt, ...rest } = body;
    const defaults = { port: 5060, netmask: 32, outboundEnabled: true, optionsPingEnabled: false };
    assert.deepEqual(rest, {
      provider: 'byo-sip-trunk',
      name: 'Trunk',
      gateways: [
        { ...defaults, ip: '192.0.2.1', inboundEnabled: true, outboundProtocol: 'udp' },
        { ...defaults, ip: 'sbc.example.com', inboundEnabled: false, outboundProtocol: 'tls' },
      ],
      outboundAuthenticationPlan: { authUsername: 'ann', sipRegisterPlan: { domain: 'd' } },
      outboundLeadingPlusEnabled: false,
    });
  });

  it('never returns a secret of any provider', async () => {
    for (const body of [
      { provider: 'twilio', accountSid: 'AC1', authToken: 'hush', apiKey: 'hush', apiSecret: 'hush' },
      { provider: 'telnyx', apiKey: 'hush' },
      { provider: 'vonage', apiKey: 'hush', apiSecret: 'hush' },
    ]) {
      const made = await post(body);
      assert.equal(made.status, 201, made.text);
      assert.equal(made.text.includes('hush'), false);
    }
    assert.equal((await exchange.inject('GET', '/credential')).text.includes('hush'), false);
  });

  it('refuses a gateway by name that calls come from, also where a change makes it one', async () => {
    assert.deepEqual(
      (await post({ provider: 'byo-sip-trunk', gateways: [{ ip: 'sbc.example.com' }] })).body,
      TRUNK_FAILURE,
    );
    const { body } = await post({ provider: 'byo-sip-trunk', gateways: [{ ip: '192.0.2.1' }] });
    const refused = await send('PATCH', `/credential/${body.id}`, { gateways: [{ ip: 'sbc.example.com' }] });
    assert.deepEqual(refused.body, TRUNK_FAILURE);
    assert.deepEqual((await send('GET', `/credential/${body.id}`)).body, body);
  });

  it('replaces gateways whole, keeps a password for the same user, unsets null', async () => {
    const plan = { authUsername: 'ann', authPassword: 'hush' };
    const { body } = await post({
      provider: 'byo-sip-trunk',
      gateways: [{ ip: '192.0.2.1' }, { ip: '192.0.2.2' }],
      outboundAuthenticationPlan: plan,
      techPrefix: '99',
    });
    const url = `/credential/${body.id}`;
    const changed = await send('PATCH', url, {
      provider: 'byo-sip-trunk',
      gateways: [{ ip: '192.0.2.3' }],
      outboundAuthenticationPlan: { authUsername: 'ann' },
      techPrefix: null,
    });
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual(
      (changed.body.gateways as Json[]).map(({ ip }) => ip),
      ['192.0.2.3'],
    );
    assert.equal('techPrefix' in changed.body, false);
    const kept = await stored(body.id);
    assert.ok(kept?.provider === 'byo-sip-trunk');
    assert.equal(kept.outboundAuthenticationPlan?.authPassword?.reveal(), 'hush');
    await send('PATCH', url, { outboundAuthenticationPlan: { authUsername: 'eve' } });
    const other = await stored(body.id);
    assert.ok(other?.provider === 'byo-sip-trunk');
    assert.equal(other.outboundAuthenticationPlan?.authPassword, undefined);
  });

  it('changes secrets, gives back what it deletes', async () => {
    const { body } = await post({ provider: 'telnyx', apiKey: 'old' });
    assert.equal(
      (await send('PATCH', `/credential/${body.id}`, { apiKey: 'new', name: 'n' })).body.name,
      'n',
    );
    const kept = await stored(body.id);
    assert.ok(kept?.provider === 'telnyx');
    assert.equal(kept.apiKey.reveal(), 'new');
    assert.equal((await send('DELETE', `/credential/${body.id}`)).body.id, body.id);
    assert.equal((await send('GET', `/credential/${body.id}`)).status, 404);
  });

  it('refuses what is wrong', async () => {
    const cases: [object, RegExp][] = [
      [{}, /^provider must be one of the following values: byo-sip-trunk, twilio, telnyx, vonage$/],
      [{ provider: 'byo-sip-trunk', gateways: [] }, /^gateways must contain at least 1 elements$/],
      [{ provider: 'byo-sip-trunk', gateways: [{ ip: '999.1.1.1' }] }, /^gateways\.0\.ip must be an IPv4/],
      [
        { provider: 'byo-sip-trunk', gateways: [{ ip: '10.0.0.1', netmask: 8 }] },
        /netmask must not be less than 24/,
      ],
      [
        { provider: 'byo-sip-trunk', gateways: [{ ip: '10.0.0.1', port: 0 }] },
        /port must not be less than 1/,
      ],
      [{ provider: 'telnyx', apiKey: '' }, /^apiKey must be longer/],
      [{ provider: 'telnyx', apiKey: 'k', authToken: 'x' }, /^property authToken should not exist$/],
      [{ provider: 'vonage', apiKey: 'k' }, /^apiSecret must be a string$/],
      [{ provider: 'telnyx', apiKey: 'k', name: 'x'.repeat(41) }, /^name must be shorter/],
    ];
    for (const [body, message] of cases) {
      const refused = await post(body);
      assert.equal(refused.status, 400, JSON.stringify(body));
      assert.match(String(refused.body.message), message);
    }
  });
});
