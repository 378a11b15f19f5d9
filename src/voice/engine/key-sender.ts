import type { Clock, Timer } from '../../lib/clock.ts';

/** `w` and `W` of the dtmf tool, in milliseconds. */
const PAUSES_MS: Record<string, number> = { w: 500, W: 1000 };

/** Sends keys with pauses between groups of them. */
export class KeySender {
  readonly #clock: Clock;
  readonly #send: (keys: string) => void;
  #groups: { keys: string; pauseMs: number }[] = [];
  #timer: Timer | undefined;

  constructor(clock: Clock, send: (keys: string) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Queues keys behind those that wait. @param keys `0-9 * # A-D w W`. */
  press(keys: string): void {
    for (const [group, pauses = '', digits = ''] of keys.matchAll(/([wW]*)([^wW]*)/g)) {
      if (group === '') continue;
      const pauseMs = [...pauses].reduce((sum, mark) => sum + (PAUSES_MS[mark] ?? 0), 0);
      this.#groups.push({ keys: digits, pauseMs });
    }
    if (!this.#timer) this.#next();
  }

  close(): void {
    this.#groups = [];
    this.#clock.clearTimeout(this.#timer);
  }

  #next(): void {
    this.#timer = undefined;
    for (let group = this.#groups.shift(); group; group = this.#groups.shift()) {
      const { keys, pauseMs } = group;
      if (pauseMs > 0) {
        this.#timer = this.#clock.setTimeout(() => {
          this.#sendKeys(keys);
          this.#next();
        }, pauseMs);
        return;
      }
      this.#sendKeys(keys);
    }
  }

  #sendKeys(keys: string): void {
    if (keys !== '') this.#send(keys);
  }
}
