import { BoundedMap } from '../../lib/bounded-map.ts';

/** Sends at once over all endpoints: each holds a socket and its body. */
export const MAX_SENDING = 1_024;
/** Sends at once to one endpoint, so that a slow one leaves room for all others. */
export const MAX_SENDING_PER_ENDPOINT = 64;
/** Failures in a row after which an endpoint is tried with one delivery at a time. */
export const FAILING_AFTER = 5;
/** Failing endpoints that are remembered; the one that failed longest ago gives way. */
const MAX_FAILING = 1_000;
/** What one claim takes of an endpoint. One with more than this under way is left out, which keeps all to the limit. */
export const CLAIMED_PER_ENDPOINT = MAX_SENDING_PER_ENDPOINT / 2;

/**
 * Counts what is under way, by endpoint, and remembers which endpoints fail. A failing one is asked with one delivery
 * at a time: thousands of streams would otherwise knock on a dead server at once, each holding a socket until its time
 * is over.
 */
export class SendingSlots {
  readonly #sending = new Map<string, number>();
  readonly #failures = new BoundedMap<string, number>(MAX_FAILING);
  #total = 0;

  get total(): number {
    return this.#total;
  }

  take(endpointKey: string): void {
    this.#total += 1;
    this.#sending.set(endpointKey, (this.#sending.get(endpointKey) ?? 0) + 1);
  }

  giveBack(endpointKey: string): void {
    this.#total -= 1;
    const left = (this.#sending.get(endpointKey) ?? 0) - 1;
    if (left > 0) this.#sending.set(endpointKey, left);
    else this.#sending.delete(endpointKey);
  }

  /** What an attempt says of its endpoint. */
  note(endpointKey: string, success: boolean): void {
    if (success) this.#failures.delete(endpointKey);
    else this.#failures.set(endpointKey, (this.#failures.get(endpointKey) ?? 0) + 1);
  }

  /** Endpoints of which nothing is claimed in the usual way: those that are busy, and those that fail. */
  closed(): string[] {
    const busy = [...this.#sending].filter(([, count]) => count > CLAIMED_PER_ENDPOINT).map(([key]) => key);
    return [...new Set([...busy, ...this.#failing()])];
  }

  /** Whether something of the endpoint may be claimed now, in the usual way or as the one try of a failing one. */
  isOpen(endpointKey: string): boolean {
    const sending = this.#sending.get(endpointKey) ?? 0;
    return this.#isFailing(endpointKey) ? sending === 0 : sending <= CLAIMED_PER_ENDPOINT;
  }

  /** Failing endpoints with nothing under way: each may be tried with one delivery. */
  idleFailing(): string[] {
    return this.#failing().filter((key) => !this.#sending.has(key));
  }

  #failing(): string[] {
    return [...this.#failures.keys()].filter((key) => this.#isFailing(key));
  }

  #isFailing(endpointKey: string): boolean {
    return (this.#failures.get(endpointKey) ?? 0) >= FAILING_AFTER;
  }
}
