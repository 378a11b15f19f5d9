import type { Clock } from '../../lib/clock.ts';

/** A limit in time, and the caller's own signal to give up, as one signal. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Whether the time was over; not when the caller gave up. */
  readonly expired: boolean;
  /** Frees the timer and lets go of the caller's signal. */
  clear(): void;
}

export function startDeadline(clock: Clock, limitMs: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  const state = { expired: false };
  const timer = clock.setTimeout(() => {
    state.expired = true;
    controller.abort(new DOMException('the time is over', 'TimeoutError'));
  }, limitMs);
  // Not AbortSignal.any: an outer signal that lives as long as the exchange would remember every request.
  const giveUp = () => controller.abort(outer?.reason);
  if (outer?.aborted) giveUp();
  else outer?.addEventListener('abort', giveUp, { once: true });
  return {
    signal: controller.signal,
    get expired() {
      return state.expired;
    },
    clear() {
      clock.clearTimeout(timer);
      outer?.removeEventListener('abort', giveUp);
    },
  };
}

/** Settles as `work` does, or rejects with the signal's reason once it aborts, whether or not `work` heeds it. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

/** Resolves after so long. Rejects with the signal's reason once it aborts. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<Clock['setTimeout']> | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = clock.setTimeout(resolve, delayMs);
  });
  return orAborted(elapsed, signal).finally(() => clock.clearTimeout(timer));
}
