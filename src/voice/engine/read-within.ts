import type { Clock, Timer } from '../../lib/clock.ts';

export interface ReadLimits {
  clock: Clock;
  signal: AbortSignal;
  /** Longest wait for the next item. */
  idleMs: number;
  /** Whether the wait counts; where the source rightly waits for us it does not. */
  counts?: () => boolean;
  /** Says who was silent, in the error. */
  what: string;
}

const ABORTED = Symbol('aborted');

/**
 * Reads a vendor's stream without trusting it to end: stops at the signal although the vendor may not heed it.
 * @throws the stream's own error, or an Error when no item came within `idleMs`. An abort ends it without error.
 */
export async function* readWithin<T>(source: AsyncIterable<T>, limits: ReadLimits): AsyncGenerator<T> {
  const { signal } = limits;
  const iterator = source[Symbol.asyncIterator]();
  const aborted = new Promise<typeof ABORTED>((resolve) => {
    if (signal.aborted) resolve(ABORTED);
    else signal.addEventListener('abort', () => resolve(ABORTED), { once: true });
  });
  try {
    while (!signal.aborted) {
      const next = await Promise.race([nextWithin(iterator, limits), aborted]);
      if (next === ABORTED || signal.aborted || next.done) return;
      yield next.value;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    // Not awaited: a generator that hangs in its own await would hold us too.
    Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

function nextWithin<T>(iterator: AsyncIterator<T>, limits: ReadLimits): Promise<IteratorResult<T>> {
  const { clock, signal, idleMs, what } = limits;
  return new Promise((resolve, reject) => {
    let timer: Timer | undefined;
    const arm = () => {
      timer = clock.setTimeout(() => {
        if (limits.counts?.() === false) arm();
        else reject(new Error(`${what} gave nothing for ${idleMs} ms`));
      }, idleMs);
    };
    const disarm = () => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', disarm);
    };
    arm();
    signal.addEventListener('abort', disarm, { once: true });
    (async () => iterator.next())().then(resolve, reject).finally(disarm);
  });
}
