import { createHmac } from 'node:crypto';
import type { Secret } from '../../lib/secret.ts';

const SECRET_PREFIX = 'whsec_';

export type StandardWebhookHeaders = Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>;

/** The bytes of a secret: what follows the prefix is base64. */
function keyOf(secret: Secret): Buffer {
  const text = secret.reveal();
  return Buffer.from(text.startsWith(SECRET_PREFIX) ? text.slice(SECRET_PREFIX.length) : text, 'base64');
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
