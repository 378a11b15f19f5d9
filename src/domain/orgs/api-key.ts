import { createHash, randomUUID } from 'node:crypto';

/** Characters of a key that its owner sees in lists: of a key made here they leave 90 unknown bits. */
const PREFIX_LENGTH = 8;
/** Of a shorter key, chosen by the operator, no more than this share is shown. */
const PREFIX_SHARE = 0.25;

export interface NewApiKey {
  /** The bearer token, shown once. */
  key: string;
  /** What is stored of it. */
  hash: string;
  prefix: string;
}

/** SHA-256 in hex. A key is random enough that no salt or slow hash is needed. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The first characters of a key, also of one that the operator chose. */
export function keyPrefix(key: string): string {
  return key.slice(0, Math.min(PREFIX_LENGTH, Math.floor(key.length * PREFIX_SHARE)));
}

/** A new key in the form of a UUID, as clients of the hosted services expect theirs; 122 random bits. */
export function createApiKey(): NewApiKey {
  const key = randomUUID();
  return { key, hash: hashApiKey(key), prefix: keyPrefix(key) };
}
