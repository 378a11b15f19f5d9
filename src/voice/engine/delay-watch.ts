import type { Clock, Timer } from '../../lib/clock.ts';

/** After so long without a sound people ask whether anybody is there. */
const NOTICED_MS = 4000;

/** Watches that the agent does not let the caller wait within its turn, whatever makes it slow; tells it once a turn. */
export class DelayWatch {
  readonly #clock: Clock;
  readonly #delayed: () => void;
  #timer: Timer | undefined;
  #open = false;

  constructor(clock: Clock, delayed: () => void) {
    this.#clock = clock;
    this.#delayed = delayed;
  }

  /** A turn begins. @param heldMs for so long it is meant to be silent. */
  began(heldMs: number): void {
    this.#open = true;
    this.#arm(Math.max(0, heldMs) + NOTICED_MS);
  }

  /** The agent is heard, or the caller is: nobody waits. */
  sounded(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The line is silent and the turn goes on. */
  fellSilent(): void {
    if (this.#open) this.#arm(NOTICED_MS);
  }

  ended(): void {
    this.#open = false;
    this.sounded();
  }

  #arm(delayMs: number): void {
    this.sounded();
    this.#timer = this.#clock.setTimeout(() => {
      this.ended();
      this.#delayed();
    }, delayMs);
  }
}
