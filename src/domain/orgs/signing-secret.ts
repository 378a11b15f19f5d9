import { createHash, randomBytes } from 'node:crypto';
import { Secret } from '../../lib/secret.ts';
import { ExchangeError } from '../errors.ts';
import type { Org, SigningSecret } from './org.ts';

/** Bytes of a secret; the standard asks for 24 to 64, and HMAC-SHA256 gains nothing beyond 32. */
const SECRET_BYTES = 32;
const PREFIX = 'whsec_';
/** Characters that a list shows of a secret: they leave 220 unknown bits. */
const SHOWN_LENGTH = PREFIX.length + 6;
const ID_LENGTH = 16;
/** Secrets of one org at a time: each adds a signature to every message. */
export const MAX_SIGNING_SECRETS = 10;

export function createSigningSecret(now: number): SigningSecret {
  return { secret: new Secret(PREFIX + randomBytes(SECRET_BYTES).toString('base64')), createdAt: now };
}

/** Names a secret without giving it away. */
export function signingSecretId({ secret }: SigningSecret): string {
  return createHash('sha256').update(secret.reveal()).digest('hex').slice(0, ID_LENGTH);
}

/** The first characters of a secret, so that its owner can tell it from others. */
export function signingSecretPrefix({ secret }: SigningSecret): string {
  return secret.reveal().slice(0, SHOWN_LENGTH);
}

/** The secrets that sign at this instant, the newest first. */
export function liveSigningSecrets({ signingSecrets = [] }: Org, now: number): SigningSecret[] {
  return signingSecrets.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now);
}

/**
 * Puts a new secret before the others, which sign beside it for the grace period and then no more.
 * @throws {ExchangeError} `request-invalid` when too many still sign.
 */
export function withNewSigningSecret(org: Org, made: SigningSecret, graceMs: number, now: number): Org {
  const live = liveSigningSecrets(org, now);
  if (live.length >= MAX_SIGNING_SECRETS)
    throw new ExchangeError(
      'request-invalid',
      `${MAX_SIGNING_SECRETS} signing secrets are in use already: delete one first.`,
    );
  const expiring = live.map((secret) => ({
    ...secret,
    expiresAt: Math.min(secret.expiresAt ?? Number.POSITIVE_INFINITY, now + graceMs),
  }));
  return { ...org, signingSecrets: [made, ...expiring], updatedAt: now };
}

/**
 * @returns the org as it is where it has no such secret.
 * @throws {ExchangeError} `request-invalid` for the only one that signs for good: receivers would be left without.
 */
export function withoutSigningSecret(org: Org, id: string, now: number): Org {
  const live = liveSigningSecrets(org, now);
  const kept = live.filter((secret) => signingSecretId(secret) !== id);
  if (kept.length === live.length) return org;
  if (!kept.some(({ expiresAt }) => expiresAt === undefined))
    throw new ExchangeError(
      'request-invalid',
      'This is the only signing secret that does not expire: make another first.',
    );
  return { ...org, signingSecrets: kept, updatedAt: now };
}
