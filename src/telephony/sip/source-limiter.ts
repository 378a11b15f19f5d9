import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../lib/clock.ts';

/** Sources remembered at once; the one idle longest is forgotten first. */
const MAX_SOURCES = 10_000;
/** A source may save up this many seconds of its rate. */
const BURST_SECONDS = 1;

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** A token bucket per source address: how many new calls it may make, checked before any state is made for them. */
export class SourceLimiter {
  readonly #ratePerSecond: number;
  readonly #clock: Clock;
  readonly #buckets = new BoundedMap<string, Bucket>(MAX_SOURCES);

  constructor(ratePerSecond: number, clock: Clock) {
    this.#ratePerSecond = ratePerSecond;
    this.#clock = clock;
  }

  /** @returns whether the source may make one more call now. */
  take(address: string): boolean {
    const now = this.#clock.monotonic();
    const burst = Math.max(1, this.#ratePerSecond * BURST_SECONDS);
    const bucket = this.#buckets.get(address) ?? { tokens: burst, filledAt: now };
    const filled = bucket.tokens + ((now - bucket.filledAt) / 1000) * this.#ratePerSecond;
    bucket.tokens = Math.min(burst, filled);
    bucket.filledAt = now;
    // Also one that is refused is not idle.
    this.#buckets.set(address, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
