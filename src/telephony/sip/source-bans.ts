import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../lib/clock.ts';

/** Failed authentications from one address within the window that get it banned: a guesser makes hundreds, a wrong setting a few. */
const MAX_FAILURES = 20;
const FAILURE_WINDOW_MS = 60_000;
/** How long a banned address gets silence, in milliseconds. Kamailio's stock rules have the same. */
export const BAN_MS = 300_000;
/** Addresses remembered at once; the one whose last failure is longest ago goes first. */
const MAX_ADDRESSES = 10_000;

interface Record {
  /** When it failed lately, on the monotonic clock, the oldest first; no more than {@link MAX_FAILURES}. */
  failedAt: number[];
  bannedUntil: number;
}

/**
 * Addresses that guess passwords, banned for a while: they get no answer to anything that would begin a call. Time alone
 * forgives a failure: who has one account of his own must not guess those of others in between.
 */
export class SourceBans {
  readonly #clock: Clock;
  readonly #onBanned: (address: string) => void;
  readonly #records = new BoundedMap<string, Record>(MAX_ADDRESSES);

  /** @param onBanned told of each ban as it begins */
  constructor(clock: Clock, onBanned: (address: string) => void) {
    this.#clock = clock;
    this.#onBanned = onBanned;
  }

  isBanned(address: string): boolean {
    if (this.#records.size === 0) return false;
    return (this.#records.get(address)?.bannedUntil ?? 0) > this.#clock.monotonic();
  }

  /** It sent credentials that are wrong. What a banned one sent before it was banned changes nothing any more. */
  failed(address: string): void {
    if (this.isBanned(address)) return;
    const now = this.#clock.monotonic();
    const { failedAt } = this.#records.get(address) ?? { failedAt: [] };
    const recent = failedAt.filter((at) => at > now - FAILURE_WINDOW_MS);
    recent.push(now);
    const isBanned = recent.length >= MAX_FAILURES;
    this.#records.set(address, {
      failedAt: isBanned ? [] : recent,
      bannedUntil: isBanned ? now + BAN_MS : 0,
    });
    if (isBanned) this.#onBanned(address);
  }
}
