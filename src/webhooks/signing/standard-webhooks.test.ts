import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { createSigningSecret } from '../../domain/orgs/signing-secret.ts';
import { Secret } from '../../lib/secret.ts';
import { standardWebhookHeaders } from './standard-webhooks.ts';

const BODY = '{"message":{"type":"end-of-call-report","text":"Größe \\u0000 🛎"}}';

test("the standard's own library accepts what was signed now", () => {
  const secret = createSigningSecret(0).secret;
  const headers = standardWebhookHeaders([secret], 'msg_1', BODY, Date.now());
  assert.deepEqual(new Webhook(secret.reveal()).verify(BODY, headers), JSON.parse(BODY));
});

test('each of several secrets verifies, and a foreign one does not', () => {
  const [newer, older, foreign] = [1, 2, 3].map(() => createSigningSecret(0).secret) as [
    Secret,
    Secret,
    Secret,
  ];
  const headers = standardWebhookHeaders([newer, older], 'msg_2', BODY, Date.now());
  assert.equal(headers['webhook-signature'].split(' ').length, 2);
  for (const secret of [newer, older]) new Webhook(secret.reveal()).verify(BODY, headers);
  assert.throws(() => new Webhook(foreign.reveal()).verify(BODY, headers), /No matching signature/);
});

test('a changed id, time or body is refused, and so is an old message', () => {
  const secret = createSigningSecret(0).secret;
  const webhook = new Webhook(secret.reveal());
  const headers = standardWebhookHeaders([secret], 'msg_3', BODY, Date.now());
  const later = String(Number(headers['webhook-timestamp']) + 1);
  assert.throws(() => webhook.verify(BODY, { ...headers, 'webhook-id': 'msg_4' }), /No matching/);
  assert.throws(() => webhook.verify(BODY, { ...headers, 'webhook-timestamp': later }), /No matching/);
  assert.throws(() => webhook.verify(`${BODY} `, headers), /No matching/);
  const old = standardWebhookHeaders([secret], 'msg_3', BODY, Date.now() - 6 * 60_000);
  assert.throws(() => webhook.verify(BODY, old), /too old/);
});

test('the same message signed twice at one instant has the same signature, as the library makes it', () => {
  const secret = new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  const at = 1_614_265_330_000;
  const headers = standardWebhookHeaders(
    [secret],
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    '{"test": 2432232314}',
    at,
  );
  const expected = new Webhook(secret.reveal()).sign(
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    new Date(at),
    '{"test": 2432232314}',
  );
  assert.equal(headers['webhook-signature'], expected);
  assert.equal(expected, 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});
