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

/** Resolves after this time, or as soon as the signal aborts. */
export async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.setTimeout(resolve, delayMs);
  const stop = () => resolve();
  signal.addEventListener('abort', stop, { once: true });
  await promise;
  clock.clearTimeout(timer);
  signal.removeEventListener('abort', stop);
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, delayMs) => ({ id: setTimeout(callback, delayMs) }),
  clearTimeout: (timer) => {
    if (timer) clearTimeout(timer.id as NodeJS.Timeout);
  },
};
