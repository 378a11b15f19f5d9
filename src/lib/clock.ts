/** A pending timer, as returned by {@link Clock.setTimeout}. */
export type Timer = { readonly id: unknown };

/** Time as every module sees it. Injected, so that each timer of the exchange can be tested on a fake clock. */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. */
  now(): number;
  /** Monotonic time in milliseconds, fractional; only differences mean something. */
  monotonic(): number;
  setTimeout(callback: () => void, delayMs: number): Timer;
  clearTimeout(timer: Timer | undefined): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, delayMs) => ({ id: setTimeout(callback, delayMs) }),
  clearTimeout: (timer) => {
    if (timer) clearTimeout(timer.id as NodeJS.Timeout);
  },
};
