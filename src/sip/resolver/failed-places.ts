import type { Clock } from '../../lib/clock.ts';
import type { Source } from '../session/session.ts';

/** How long a place that failed is tried last, in milliseconds: about what a server takes to come back. */
export const FAILED_FOR_MS = 60_000;
/** Places remembered; the one that failed longest ago goes first. */
const MAX_PLACES = 1_024;

/** Remembers which places failed lately (time-out, no connection, 503), so that others are tried before them. */
export class FailedPlaces {
  readonly #clock: Clock;
  /** Until when, on the monotonic clock, in order of the last failure. */
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  failed(place: Source): void {
    const key = keyOf(place);
    this.#until.delete(key);
    if (this.#until.size >= MAX_PLACES) {
      const oldest = this.#until.keys().next();
      if (!oldest.done) this.#until.delete(oldest.value);
    }
    this.#until.set(key, this.#clock.monotonic() + FAILED_FOR_MS);
  }

  answered(place: Source): void {
    this.#until.delete(keyOf(place));
  }

  /** The same places, those that failed lately behind the others; among themselves each group keeps its order. */
  lastOf(places: readonly Source[]): Source[] {
    if (this.#until.size === 0 || places.length < 2) return [...places];
    const now = this.#clock.monotonic();
    const hasFailed = (place: Source): boolean => (this.#until.get(keyOf(place)) ?? 0) > now;
    return [...places.filter((place) => !hasFailed(place)), ...places.filter(hasFailed)];
  }
}

function keyOf({ protocol, address, port }: Source): string {
  return `${protocol} ${address} ${port}`;
}
