import type { Clock, Timer } from '../../lib/clock.ts';

/** Nobody listens to music for longer without a word: the agent comes back then. */
const LONGEST_HOLD_MS = 120_000;

export interface CallerHoldEvents {
  /** Whether the caller is on hold already, for somebody who was called in: to be held again then means to be brought to him. */
  waits(): boolean;
  /** Plays the music or ends it; resolves when the line is free. Never rejects. */
  play(held: boolean): Promise<void>;
  /** Silence counts, or does not. */
  held(held: boolean): void;
  /** It has lasted long enough. */
  expired(): void;
}

/**
 * The agent lets the caller wait to music. It begins when all was said, and ends when the agent speaks again: the caller
 * has said something, the time is over, or somebody outside the call steers it.
 */
export class CallerHold {
  readonly #clock: Clock;
  readonly #events: CallerHoldEvents;
  #state: 'off' | 'due' | 'on' = 'off';
  #timer: Timer | undefined;

  constructor(clock: Clock, events: CallerHoldEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  /** @returns what it means. */
  request(): 'waits' | 'joins' {
    if (this.#state === 'off') this.#state = 'due';
    return this.#events.waits() ? 'joins' : 'waits';
  }

  /** The agent has said all it had to say. */
  begin(): void {
    if (this.#state !== 'due') return;
    if (this.#events.waits()) {
      this.#state = 'off';
      void this.#events.play(true);
      return;
    }
    this.#state = 'on';
    this.#events.held(true);
    void this.#events.play(true);
    this.#timer = this.#clock.setTimeout(() => this.#expire(), LONGEST_HOLD_MS);
  }

  /** @returns what resolves when the line is the agent's again; nothing where it was all the time. */
  end(): Promise<void> | undefined {
    const wasOn = this.#state === 'on';
    this.#state = 'off';
    this.#clock.clearTimeout(this.#timer);
    if (!wasOn) return undefined;
    this.#events.held(false);
    return this.#events.play(false);
  }

  #expire(): void {
    this.#events.expired();
    // An agent that speaks now has ended it; one that may not (it is muted) leaves nobody to music for ever.
    void this.end();
  }
}
