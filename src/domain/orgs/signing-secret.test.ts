import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExchangeError } from '../errors.ts';
import type { Org } from './org.ts';
import {
  createSigningSecret,
  liveSigningSecrets,
  MAX_SIGNING_SECRETS,
  signingSecretId,
  signingSecretPrefix,
  withNewSigningSecret,
  withoutSigningSecret,
} from './signing-secret.ts';

const org: Org = { id: 'o', name: 'Org', createdAt: 0 };
const GRACE_MS = 1_000;

test('a secret has the form that receivers know and is named without being shown', () => {
  const made = createSigningSecret(5);
  assert.match(made.secret.reveal(), /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.equal(made.createdAt, 5);
  assert.match(signingSecretId(made), /^[0-9a-f]{16}$/);
  assert.equal(signingSecretPrefix(made), made.secret.reveal().slice(0, 12));
  assert.notEqual(createSigningSecret(5).secret.reveal(), made.secret.reveal());
});

test('older secrets sign for the grace period and then no more; none gets a longer life', () => {
  const [a, b, c] = [createSigningSecret(0), createSigningSecret(1), createSigningSecret(2)];
  const two = withNewSigningSecret(withNewSigningSecret(org, a, GRACE_MS, 0), b, GRACE_MS, 10);
  const three = withNewSigningSecret(two, c, GRACE_MS, 20);
  assert.deepEqual(three.signingSecrets, [c, { ...b, expiresAt: 1_020 }, { ...a, expiresAt: 1_010 }]);
  assert.equal(liveSigningSecrets(three, 1_009).length, 3);
  assert.equal(liveSigningSecrets(three, 1_010).length, 2);
  assert.deepEqual(liveSigningSecrets(three, 9_999), [c]);
  assert.deepEqual(liveSigningSecrets(org, 0), []);
});

test('without a grace period the older ones stop at once', () => {
  const first = withNewSigningSecret(org, createSigningSecret(0), 0, 0);
  const made = createSigningSecret(1);
  assert.deepEqual(liveSigningSecrets(withNewSigningSecret(first, made, 0, 1), 1), [made]);
});

test('no more sign at once than a message has room for', () => {
  let full = org;
  for (let count = 0; count < MAX_SIGNING_SECRETS; count += 1)
    full = withNewSigningSecret(full, createSigningSecret(0), GRACE_MS, 0);
  assert.throws(() => withNewSigningSecret(full, createSigningSecret(0), GRACE_MS, 0), ExchangeError);
  assert.equal(withNewSigningSecret(full, createSigningSecret(0), 0, GRACE_MS).signingSecrets?.length, 2);
});

test('any secret can be deleted but the last that lasts', () => {
  const [older, newer] = [createSigningSecret(0), createSigningSecret(1)];
  const both = withNewSigningSecret(withNewSigningSecret(org, older, GRACE_MS, 0), newer, GRACE_MS, 1);
  assert.deepEqual(withoutSigningSecret(both, signingSecretId(older), 2).signingSecrets, [newer]);
  assert.throws(() => withoutSigningSecret(both, signingSecretId(newer), 2), /make another first/);
  assert.equal(withoutSigningSecret(both, 'unknown', 2), both);
});
