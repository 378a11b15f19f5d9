import type { Clock, Timer } from './clock.ts';

interface Pending {
  readonly dueAt: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until {@link FakeClock.advance} moves it; timers fire in order of their due time. */
export class FakeClock implements Clock {
  #now: number;
  #order = 0;
  readonly #pending = new Map<number, Pending>();

  constructor(startAt = 1_700_000_000_000) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    this.#order += 1;
    this.#pending.set(this.#order, { dueAt: this.#now + Math.max(0, delayMs), order: this.#order, callback });
    return { id: this.#order };
  }

  clearTimeout(timer: Timer | undefined): void {
    if (timer) this.#pending.delete(timer.id as number);
  }

  /** Moves time forward by `ms`, firing every timer that falls due on the way, also those set meanwhile. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      let next: Pending | undefined;
      for (const timer of this.#pending.values()) {
        if (timer.dueAt > end) continue;
        if (!next || timer.dueAt < next.dueAt || (timer.dueAt === next.dueAt && timer.order < next.order))
          next = timer;
      }
      if (!next) break;
      this.#pending.delete(next.order);
      this.#now = Math.max(this.#now, next.dueAt);
      next.callback();
    }
    this.#now = end;
  }

  /** Number of timers that are set; a test that ends with more than it expects has found a leak. */
  get pendingCount(): number {
    return this.#pending.size;
  }
}
