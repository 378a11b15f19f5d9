import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HmacPlan } from '../../domain/credentials/authentication-plan.ts';
import { Secret } from '../../lib/secret.ts';
import { credentialHeaders } from './credential-headers.ts';

const REQUEST = {
  method: 'POST',
  url: 'https://example.com/hook?a=1',
  body: '{"message":{"type":"hang"}}',
  id: 'msg_1',
  nowMs: 1_700_000_000_999,
};
const TIME = '1700000000';

function hmac(options: Partial<HmacPlan>, request = REQUEST): Record<string, string> {
  const plan: HmacPlan = {
    type: 'hmac',
    secretKey: new Secret('top secret'),
    algorithm: 'sha256',
    ...options,
  };
  return credentialHeaders(plan, request);
}

// Expected signatures were made with `openssl dgst -mac HMAC`.
const SHA256 = '448e66a4f4434333f1c15e61156ecdf6156743eb265888b06fe037080464926d';
const SHA512 =
  '77a52309cb218c5a6e673dc96f97469dd632400257dfca307c34727b1d87ff5db3ccf01a0b83595aac6d37276ad8534871114066dff5856b94f5c3db3eb83a89';
const UNTIMED = '052c84d39205ae1c3f4c25b36065df6d5e7247aab9ec40b37f95edb6265566ca';

describe('the headers of an HMAC plan', () => {
  const table: [string, Partial<HmacPlan>, Record<string, string>][] = [
    ['by default sign time and body', {}, { 'x-timestamp': TIME, 'x-signature': SHA256 }],
    ['sign with SHA-512', { algorithm: 'sha512' }, { 'x-timestamp': TIME, 'x-signature': SHA512 }],
    [
      'sign with SHA-1',
      { algorithm: 'sha1' },
      { 'x-timestamp': TIME, 'x-signature': 'd4aee10abce527798b8084a508ab4bd0c131b314' },
    ],
    [
      'bear the names and the prefix that the plan gives',
      { signatureHeader: 'x-hub-signature-256', timestampHeader: 'x-hub-time', signaturePrefix: 'sha256=' },
      { 'x-hub-time': TIME, 'x-hub-signature-256': `sha256=${SHA256}` },
    ],
    ['without a time sign the body alone', { includeTimestamp: false }, { 'x-signature': UNTIMED }],
    [
      'fill in method, URL, time and body',
      { payloadFormat: '{method} {url} {timestamp} {body}' },
      {
        'x-timestamp': TIME,
        'x-signature': '856f5d68b7cb7d81956f6582a7f827cf66bbd1891e9f5ec5d807b61a57c4730b',
      },
    ],
    [
      'without a time fill in nothing for it; base64 on demand',
      {
        payloadFormat: '{method}.{url}.{timestamp}.{body}',
        includeTimestamp: false,
        signatureEncoding: 'base64',
      },
      { 'x-signature': 'QL0jNgkAd1jFFuchLP5x38pYarW/sUshivAUeuATshk=' },
    ],
    [
      'are those of Svix where the plan says so, also with its mark before the key',
      {
        secretKey: new Secret('whsec_cmF3IGtleSABAg=='),
        secretIsBase64: true,
        payloadFormat: '{svix-id}.{timestamp}.{body}',
        messageIdHeader: 'svix-id',
        timestampHeader: 'svix-timestamp',
        signatureHeader: 'svix-signature',
        signaturePrefix: 'v1,',
        signatureEncoding: 'base64',
      },
      {
        'svix-id': 'msg_1',
        'svix-timestamp': TIME,
        'svix-signature': 'v1,5MZQ3d8w1K/ve5+8qHPdARAN72Xv6xc5OuZ201Ry9/U=',
      },
    ],
  ];
  for (const [behaviour, options, expected] of table)
    test(behaviour, () => assert.deepEqual(hmac(options), expected));

  test('a body that looks like a format is signed as it is', () => {
    const { 'x-signature': signature } = hmac({}, { ...REQUEST, body: '{url}{timestamp}' });
    assert.equal(signature, '8afefa2f52204967f62ae6c4ec7341e8ae60a0db6d4ee1e4d55e0beee5309ad5');
  });
});

test('a bearer token goes into the header that the plan names, with or without its prefix', () => {
  const token = new Secret('t0ken');
  assert.deepEqual(credentialHeaders({ type: 'bearer', token }, REQUEST), { Authorization: 'Bearer t0ken' });
  const plan = { type: 'bearer', token, headerName: 'x-api-key', bearerPrefixEnabled: false } as const;
  assert.deepEqual(credentialHeaders(plan, REQUEST), { 'x-api-key': 't0ken' });
});

test("an OAuth 2 plan sends the token that was fetched, never the client's secret", () => {
  const plan = {
    type: 'oauth2',
    url: 'https://id.example.com',
    clientId: 'c',
    clientSecret: new Secret('hush'),
  } as const;
  assert.deepEqual(credentialHeaders(plan, REQUEST, new Secret('fetched')), {
    Authorization: 'Bearer fetched',
  });
  assert.deepEqual(credentialHeaders(plan, REQUEST), {});
});
