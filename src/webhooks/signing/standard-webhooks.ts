import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Secret } from '../../lib/secret.ts';

const SECRET_PREFIX = 'whsec_';

export type StandardWebhookHeaders = Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>;

/** Keys as the cipher wants them, made once per secret: making one takes several times as long as signing with it. */
const keys = new WeakMap<Secret, KeyObject>();

/** The key of a secret: what follows the prefix is base64. */
function keyOf(secret: Secret): KeyObject {
  const known = keys.get(secret);
  if (known) return known;
  const text = secret.reveal();
  const base64 = text.startsWith(SECRET_PREFIX) ? text.slice(SECRET_PREFIX.length) : text;
  const key = createSecretKey(base64, 'base64');
  keys.set(secret, key);
  return key;
}

/**
 * Signs a message as Standard Webhooks 1.0.0 has it (standardwebhooks.com): HMAC-SHA256 over id, time and body, one
 * signature per secret, so that receivers take it before and after a secret is changed.
 * @param body exactly as it is sent.
 * @param nowMs the instant of this attempt, in milliseconds; receivers refuse what is older than minutes.
 */
export function standardWebhookHeaders(
  secrets: readonly Secret[],
  id: string,
  body: string,
  nowMs: number,
): StandardWebhookHeaders {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signatures = secrets.map((secret) => {
    const hmac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`, 'utf8');
    return `v1,${hmac.digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
