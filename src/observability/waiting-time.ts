import type { Clock } from '../lib/clock.ts';

/** Something small that waits in the same line as the work of calls. */
export type Errand = () => Promise<unknown>;

/**
 * How long work waits for what the event loop hands it to: the store's threads, or the pool of threads for files. An event loop
 * that is never late says nothing of those. It is sent a small errand, one at a time, whose way is timed.
 */
export class WaitingTime {
  readonly #errand: Errand;
  readonly #clock: Clock;
  #sent: { at: number; tookMs: number | undefined } | undefined;

  constructor(errand: Errand, clock: Clock) {
    this.#errand = errand;
    this.#clock = clock;
  }

  /** How long the last errand took, in milliseconds; that of one which is not back yet, until now. */
  takeMs(): number {
    const sent = this.#sent;
    const now = this.#clock.monotonic();
    if (sent && sent.tookMs === undefined) return now - sent.at;
    this.#send(now);
    return sent?.tookMs ?? 0;
  }

  #send(at: number): void {
    const sent: { at: number; tookMs: number | undefined } = { at, tookMs: undefined };
    this.#sent = sent;
    const back = () => {
      sent.tookMs = this.#clock.monotonic() - at;
    };
    // One that failed has come back as well: a store that is away is told of by the health, and is no overload.
    this.#errand().then(back, back);
  }
}
