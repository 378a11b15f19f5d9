import type { Clock, Timer } from '../../lib/clock.ts';
import { firstDelayMs, nextDelayMs, type TimerName, type TimerValues } from './timers.ts';

interface Running {
  name: TimerName;
  timer: Timer;
  delayMs: number;
}

/** The timers of one transaction. */
export class TransactionTimers {
  readonly #clock: Clock;
  readonly #values: TimerValues;
  readonly #reliable: boolean;
  readonly #onTimer: (name: TimerName) => void;
  /** Three at most. */
  #running: Running[] = [];

  constructor(clock: Clock, values: TimerValues, reliable: boolean, onTimer: (name: TimerName) => void) {
    this.#clock = clock;
    this.#values = values;
    this.#reliable = reliable;
    this.#onTimer = onTimer;
  }

  /** Sets a timer to its first delay; one that this transport does not need stays unset. */
  start(name: TimerName): void {
    const delayMs = firstDelayMs(name, this.#values, this.#reliable);
    if (delayMs !== undefined) this.#set(name, delayMs);
  }

  /** Sets a retransmission timer again, to its next interval. */
  restart(name: 'A' | 'E' | 'G'): void {
    const previousMs = this.#find(name)?.delayMs ?? this.#values.t1Ms;
    this.#set(name, nextDelayMs(name, previousMs, this.#values));
  }

  /** Timer E once a provisional response has come (RFC 3261 section 17.1.2.2). */
  restartAtT2(name: 'E'): void {
    this.#set(name, this.#values.t2Ms);
  }

  stop(name: TimerName): void {
    const running = this.#find(name);
    if (!running) return;
    this.#clock.clearTimeout(running.timer);
    this.#running.splice(this.#running.indexOf(running), 1);
  }

  stopAll(): void {
    for (const { timer } of this.#running) this.#clock.clearTimeout(timer);
    this.#running = [];
  }

  #set(name: TimerName, delayMs: number): void {
    this.stop(name);
    const timer = this.#clock.setTimeout(() => this.#onTimer(name), delayMs);
    this.#running.push({ name, timer, delayMs });
  }

  #find(name: TimerName): Running | undefined {
    return this.#running.find((running) => running.name === name);
  }
}
