import type { Clock, Timer } from '../../lib/clock.ts';
import { TIMEOUT_FACTOR, type TimerValues } from '../transaction/timers.ts';

/** Sends a 2xx again until its ACK: after T1, doubling up to T2, for 64 * T1 in all (RFC 3261 section 13.3.1.4). */
export class AnswerRetransmission {
  readonly #clock: Clock;
  readonly #values: TimerValues;
  #retransmitTimer: Timer | undefined;
  #timeoutTimer: Timer | undefined;

  constructor(clock: Clock, values: TimerValues) {
    this.#clock = clock;
    this.#values = values;
  }

  get isActive(): boolean {
    return this.#timeoutTimer !== undefined;
  }

  start(resend: () => void, onTimeout: () => void): void {
    this.stop();
    this.#schedule(resend, this.#values.t1Ms);
    this.#timeoutTimer = this.#clock.setTimeout(() => {
      this.stop();
      onTimeout();
    }, TIMEOUT_FACTOR * this.#values.t1Ms);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#retransmitTimer);
    this.#clock.clearTimeout(this.#timeoutTimer);
    this.#retransmitTimer = undefined;
    this.#timeoutTimer = undefined;
  }

  #schedule(resend: () => void, delayMs: number): void {
    this.#retransmitTimer = this.#clock.setTimeout(() => {
      resend();
      if (this.isActive) this.#schedule(resend, Math.min(delayMs * 2, this.#values.t2Ms));
    }, delayMs);
  }
}
