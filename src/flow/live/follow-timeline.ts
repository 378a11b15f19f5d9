import type { CallEvent } from '../../domain/calls/call.ts';
import type { CallRepository } from '../../domain/calls/call-repository.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Emitter } from '../../lib/emitter.ts';

/**
 * Longest wait without a look into the store: a line that another process wrote is found then. It is also how often a
 * watcher hears that nothing happened, which keeps proxies from closing the connection (most do after 30 to 60 s).
 */
export const QUIET_MS = 15_000;

export interface TimelineSource {
  calls: CallRepository;
  /** Ids of calls whose stored timeline has grown. */
  grew: Emitter<string>;
  clock: Clock;
}

/**
 * The lines of a call's timeline after the one numbered `afterSeq`, stored ones first, then each as it is written, until
 * the call has ended or the signal aborts. All lines come from the store, in its order: none twice and none left out.
 * Gives `quiet` when there was none for {@link QUIET_MS}.
 */
export async function* followTimeline(
  { calls, grew, clock }: TimelineSource,
  { orgId, callId, afterSeq }: { orgId: string; callId: string; afterSeq: number },
  signal: AbortSignal,
): AsyncGenerator<CallEvent | 'quiet', void> {
  const growth = new Growth(grew, callId, clock, signal);
  try {
    let seq = afterSeq;
    let isOver = false;
    for (;;) {
      // Before the reading: what is written meanwhile is read the next time round.
      growth.forget();
      for (const line of await calls.events(orgId, callId, seq)) {
        if (signal.aborted) return;
        yield line;
        seq = line.seq;
        if (line.type === 'call.ended') return;
      }
      if (isOver || signal.aborted) return;
      if (await growth.next()) continue;
      // The end may lie before `afterSeq`, or the call may be gone.
      isOver = ((await calls.get(orgId, callId))?.status ?? 'ended') === 'ended';
      if (!isOver) yield 'quiet';
    }
  } finally {
    growth.close();
  }
}

/** Remembers whether a timeline has grown since it was last asked. */
class Growth {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #stop: () => void;
  readonly #wake = () => this.#resolve?.();
  #grown = false;
  #resolve: (() => void) | undefined;

  constructor(grew: Emitter<string>, callId: string, clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#stop = grew.on((id) => {
      if (id !== callId) return;
      this.#grown = true;
      this.#wake();
    });
    signal.addEventListener('abort', this.#wake);
  }

  forget(): void {
    this.#grown = false;
  }

  /** Waits for growth, an abort, or {@link QUIET_MS}. @returns false when nothing came in that time. */
  async next(): Promise<boolean> {
    if (this.#grown || this.#signal.aborted) return true;
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      this.#resolve = resolve;
      timer = this.#clock.setTimeout(resolve, QUIET_MS);
    });
    this.#clock.clearTimeout(timer);
    this.#resolve = undefined;
    return this.#grown || this.#signal.aborted;
  }

  close(): void {
    this.#stop();
    this.#signal.removeEventListener('abort', this.#wake);
  }
}
