import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';
import { isServerCredential } from '../../../domain/credentials/credential.ts';
import { VENDOR_PROVIDERS, vendorSecrets } from '../../../domain/credentials/vendor-provider.ts';

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

const pem = (bits: number) =>
  generateKeyPairSync('rsa', { modulusLength: bits })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
const KEY = pem(2048);

const encryptionPlan = (text: string) => ({
  type: 'public-key',
  algorithm: 'RSA-OAEP-256',
  publicKey: { format: 'spki-pem', pem: text },
});
const BEARER = { type: 'bearer', token: 'hush' };
const OAUTH2 = {
  type: 'oauth2',
  url: 'https://id.example.com/token',
  clientId: 'ann',
  clientSecret: 'hush',
  scope: 'calls',
};
const HMAC = {
  type: 'hmac',
  secretKey: 'hush',
  algorithm: 'sha512',
  signatureHeader: 'x-hub-signature',
  timestampHeader: 'x-hub-time',
  signaturePrefix: 'sha512=',
  includeTimestamp: false,
  payloadFormat: '{method}.{url}.{body}',
  messageIdHeader: 'x-hub-id',
  signatureEncoding: 'base64',
  secretIsBase64: true,
};
/** What the vendors that have more than a key need beside it. */
const VENDOR_SETTINGS: Record<string, object> = {
  azure: { service: 'speech' },
  'azure-openai': {
    region: 'eastus2',
    models: ['m'],
    openAIEndpoint: 'https://example.openai.azure.com',
  },
  minimax: { groupId: 'g' },
  playht: { userId: 'u' },
};

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

  it('refuses an address of IPv6 as gateway, which no netmask of 24 to 32 bits fits', async () => {
    for (const ip of ['2001:db8::1', '[2001:db8::1]']) {
      const gateways = [{ ip, inboundEnabled: false }];
      const { status, text } = await post({ provider: 'byo-sip-trunk', gateways });
      assert.equal(status, 400, ip);
      assert.match(text, /gateways\.0\.ip must be an IPv4 address or a host name/);
    }
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

  it("keeps each form of a server's authentication and returns all of it but the secret", async () => {
    for (const [plan, secret] of [
      [BEARER, 'token'],
      [{ ...BEARER, headerName: 'x-token', bearerPrefixEnabled: false }, 'token'],
      [OAUTH2, 'clientSecret'],
      [HMAC, 'secretKey'],
    ] as const) {
      for (const provider of ['webhook', 'custom-credential']) {
        const made = await post({ provider, authenticationPlan: plan });
        assert.equal(made.status, 201, made.text);
        const { [secret as 'type']: hidden, ...shown } = plan;
        assert.deepEqual(made.body.authenticationPlan, shown);
        assert.equal(made.text.includes('hush'), false);
        const kept = await stored(made.body.id);
        assert.ok(kept && isServerCredential(kept));
        const value = (kept.authenticationPlan as unknown as Record<string, { reveal(): string }>)[secret];
        assert.equal(value?.reveal(), hidden);
        assert.deepEqual((await send('GET', `/credential/${made.body.id}`)).body, made.body);
      }
    }
  });

  it('keeps a secret that a change leaves out, unless it would go to somebody else', async () => {
    const { body } = await post({ provider: 'webhook', authenticationPlan: OAUTH2 });
    const url = `/credential/${body.id}`;
    const { clientSecret: _, ...shown } = OAUTH2;
    const same = await send('PATCH', url, { authenticationPlan: { ...shown, scope: 'other' } });
    assert.equal(same.status, 200, same.text);
    const kept = await stored(body.id);
    assert.ok(kept && isServerCredential(kept) && kept.authenticationPlan.type === 'oauth2');
    assert.equal(kept.authenticationPlan.clientSecret.reveal(), 'hush');
    assert.equal(kept.authenticationPlan.scope, 'other');
    for (const plan of [
      { ...shown, url: 'https://eve.example.com/' },
      { ...shown, clientId: 'eve' },
      { type: 'bearer' },
    ]) {
      const refused = await send('PATCH', url, { authenticationPlan: plan });
      assert.equal(refused.status, 400, refused.text);
      assert.match(
        String(refused.body.message),
        /^authenticationPlan\.(clientSecret|token) must be a string$/,
      );
    }
    assert.deepEqual((await send('GET', url)).body, same.body);
  });

  it('takes the public key of a custom credential, and takes it away', async () => {
    const made = await post({
      provider: 'custom-credential',
      authenticationPlan: BEARER,
      encryptionPlan: encryptionPlan(KEY),
    });
    assert.deepEqual(made.body.encryptionPlan, encryptionPlan(KEY));
    const changed = await send('PATCH', `/credential/${made.body.id}`, { encryptionPlan: null });
    assert.equal('encryptionPlan' in changed.body, false);
  });

  it('takes the account of every vendor of models and voices, with all its fields', async () => {
    for (const provider of VENDOR_PROVIDERS) {
      const { key, further = [] } = vendorSecrets(provider);
      const settings = VENDOR_SETTINGS[provider] ?? {};
      const secrets = Object.fromEntries([key, ...further].map((field) => [field, `hush-${field}`]));
      const made = await post({ provider, name: 'mine', ...secrets, ...settings });
      assert.equal(made.status, 201, `${provider}: ${made.text}`);
      const { id, orgId, createdAt, updatedAt, ...rest } = made.body;
      assert.deepEqual(rest, { provider, name: 'mine', ...settings });
      const changed = await send('PATCH', `/credential/${id}`, { [key]: 'changed' });
      assert.equal(changed.status, 200, changed.text);
      const kept = await stored(id);
      assert.ok(kept && 'secrets' in kept);
      assert.equal(kept.secrets[key]?.reveal(), 'changed');
      for (const field of further) assert.equal(kept.secrets[field]?.reveal(), `hush-${field}`);
    }
    assert.equal((await exchange.inject('GET', '/credential?limit=1000')).text.includes('hush'), false);
  });

  it("changes a vendor's settings one by one, and the token source of a custom model", async () => {
    const vendor = await post({ provider: 'deepgram', apiKey: 'k', apiUrl: 'https://dg.example.com' });
    const without = await send('PATCH', `/credential/${vendor.body.id}`, { apiUrl: null });
    assert.equal('apiUrl' in without.body, false);
    const custom = await post({ provider: 'custom-llm', apiKey: 'k', authenticationPlan: OAUTH2 });
    const { clientSecret: _, ...shown } = OAUTH2;
    assert.deepEqual(custom.body.authenticationPlan, shown);
    const plain = await send('PATCH', `/credential/${custom.body.id}`, { authenticationPlan: null });
    assert.equal('authenticationPlan' in plain.body, false);
  });

  it('refuses what is wrong', async () => {
    const cases: [object, RegExp][] = [
      [{}, /^provider must be one of the following values: byo-sip-trunk, twilio, telnyx, vonage, webhook, /],
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
      [{ provider: 'openai' }, /^apiKey must be a string$/],
      [{ provider: 'openai', apiKey: 'k\r\nX: y' }, /^apiKey must not contain control characters$/],
      [
        { provider: 'openai', apiKey: 'k', apiUrl: 'https://example.com' },
        /^property apiUrl should not exist$/,
      ],
      [
        { provider: 'azure', service: 'blob_storage' },
        /^service must be one of the following values: speech$/,
      ],
      [{ provider: '11labs', apiKey: 'k', apiUrl: 'https://example.com' }, /^apiUrl must be one of/],
      [{ provider: 'webhook' }, /^authenticationPlan must be /],
      [
        { provider: 'webhook', authenticationPlan: { type: 'basic' } },
        /must be one of the following values: bearer/,
      ],
      [{ provider: 'webhook', authenticationPlan: { type: 'bearer' } }, /token must be a string$/],
      [
        { provider: 'webhook', authenticationPlan: { ...BEARER, token: 'a\nb' } },
        /token must not contain control characters$/,
      ],
      [
        { provider: 'webhook', authenticationPlan: { ...BEARER, headerName: 'Content-Length' } },
        /headerName must be the name of a header that may be set$/,
      ],
      [
        { provider: 'webhook', authenticationPlan: { ...OAUTH2, url: 'wss://id.example.com' } },
        /url must be a URL address$/,
      ],
      [
        { provider: 'webhook', authenticationPlan: { ...HMAC, algorithm: 'md5' } },
        /algorithm must be one of the following values: sha256, sha512, sha1$/,
      ],
      [
        { provider: 'webhook', authenticationPlan: BEARER, encryptionPlan: encryptionPlan(KEY) },
        /^property encryptionPlan should not exist$/,
      ],
      ...[pem(1024), 'not a key', KEY.replaceAll('PUBLIC', 'PRIVATE')].map((text): [object, RegExp] => [
        {
          provider: 'custom-credential',
          authenticationPlan: BEARER,
          encryptionPlan: encryptionPlan(text),
        },
        /pem must be an RSA public key of 2048 to 8192 bits in SPKI PEM form$/,
      ]),
      [{ provider: 'telnyx', apiKey: 'k', name: 'x'.repeat(41) }, /^name must be shorter/],
    ];
    for (const [body, message] of cases) {
      const refused = await post(body);
      assert.equal(refused.status, 400, JSON.stringify(body));
      assert.match(String(refused.body.message), message);
    }
  });
});
