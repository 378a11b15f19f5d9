import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Source } from '../session/session.ts';

/** How long a place that failed is tried last, in milliseconds: about what a server takes to come back. */
export const FAILED_FOR_MS = 60_000;
/** Places remembered; the one that failed longest ago goes first. */
const MAX_PLACES = 1_024;

/** Remembers which places failed lately (time-out, no connection, 503), so that others are tried before them. */
export class FailedPlaces {
  readonly #clock: Clock;
  /** Until when, on the monotonic clock. */
  readonly #until = new BoundedMap<string, number>(MAX_PLACES);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  failed(place: Source): void {
    this.#until.set(keyOf(place), this.#clock.monotonic() + FAILED_FOR_MS);
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
