import { isDeepStrictEqual } from 'node:util';
import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { Secret } from '../../../lib/secret.ts';

/** How long after a create its repetition is taken for a client's retry; official clients give up within it. */
export const RETRY_WINDOW_MS = 60_000;

/**
 * Whether a create repeats the one that made `existing`: same wishes, within the retry window, nothing changed
 * since. Decided from the stored number, so that it holds across processes and restarts.
 */
export function isRepeatedCreate(existing: PhoneNumber, wanted: PhoneNumber, now: number): boolean {
  if (now - existing.createdAt >= RETRY_WINDOW_MS) return false;
  return isDeepStrictEqual(wishes(existing), wishes(wanted));
}

function wishes(number: PhoneNumber): unknown {
  const { id: _, createdAt: __, updatedAt: ___, status: ____, ...rest } = number;
  return plain(rest);
}

/** Secrets hide their value from comparison; keys without a value count as absent. */
function plain(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.reveal() };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries.map(([key, member]) => [key, plain(member)]));
}
