import type { Clock, Timer } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Hypothesis } from './hypothesis.ts';
import type { DecoderProcess, Search } from './pocketsphinx-process.ts';

/** Segments that wait over all calls: 64 of 5 s hold 5 MB of audio. */
const MAX_WAITING = 64;
/** A text that comes later than this after the words is of no use in a conversation. */
const MAX_WAIT_MS = 6_000;

/** All decoders were busy for too long: the segment was not listened to. */
export class TranscriberOverloaded extends Error {
  override readonly name = 'TranscriberOverloaded';
}

interface Member {
  process: DecoderProcess;
  search: Search;
  busy: boolean;
  usedAt: number;
}

interface Waiting {
  search: Search;
  samples: Int16Array<ArrayBuffer>;
  resolve: (hypothesis: Hypothesis) => void;
  reject: (error: Error) => void;
  timer: Timer;
}

export interface DecoderPoolOptions {
  maxProcesses: number;
  start: (search: Search) => DecoderProcess;
  clock: Clock;
  logger: Logger;
}

/**
 * A bounded number of decoders for all calls. A segment takes an idle decoder of its search, else a new one while there
 * is room, else the place of the decoder that has been idle longest; else it waits, for a bounded time.
 */
export class DecoderPool {
  readonly #options: DecoderPoolOptions;
  readonly #members = new Set<Member>();
  #waiting: Waiting[] = [];
  #closed = false;

  constructor(options: DecoderPoolOptions) {
    this.#options = options;
  }

  /** @throws {TranscriberOverloaded}, and when the decoder fails or the signal aborts. */
  decode(search: Search, samples: Int16Array<ArrayBuffer>, signal: AbortSignal): Promise<Hypothesis> {
    if (this.#closed || signal.aborted) return Promise.reject(new Error('the transcriber is closed'));
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.reject(new TranscriberOverloaded(`${MAX_WAITING} segments wait for a decoder`));
    }
    return new Promise((resolve, reject) => {
      const { clock } = this.#options;
      const timer = clock.setTimeout(() => {
        leave(new TranscriberOverloaded(`no decoder was free for ${MAX_WAIT_MS} ms`));
      }, MAX_WAIT_MS);
      const waiting: Waiting = { search, samples, resolve, reject, timer };
      const onAbort = () => leave(new Error('the transcriber is closed'));
      const leave = (error: Error) => {
        signal.removeEventListener('abort', onAbort);
        clock.clearTimeout(timer);
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        reject(error);
      };
      waiting.resolve = (hypothesis) => {
        signal.removeEventListener('abort', onAbort);
        resolve(hypothesis);
      };
      waiting.reject = leave;
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiting);
      this.#assign();
    });
  }

  /** Starts a decoder for the search if there is none and there is room: it loads before it is needed. */
  warm(search: Search): void {
    const present = [...this.#members].some((member) => member.search.key === search.key);
    if (!present && !this.#closed && this.#members.size < this.#options.maxProcesses) this.#start(search);
  }

  get size(): number {
    return this.#members.size;
  }

  close(): void {
    this.#closed = true;
    for (const waiting of [...this.#waiting]) waiting.reject(new Error('the transcriber is closed'));
    for (const { process } of [...this.#members]) process.kill();
  }

  #assign(): void {
    for (const waiting of [...this.#waiting]) {
      const member = this.#memberFor(waiting.search);
      if (!member) continue;
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      this.#options.clock.clearTimeout(waiting.timer);
      void this.#run(member, waiting);
    }
  }

  async #run(member: Member, waiting: Waiting): Promise<void> {
    member.busy = true;
    try {
      waiting.resolve(await member.process.decode(waiting.samples));
    } catch (error) {
      waiting.reject(error instanceof Error ? error : new Error(String(error)));
    }
    member.busy = false;
    member.usedAt = this.#options.clock.monotonic();
    this.#assign();
  }

  #memberFor(search: Search): Member | undefined {
    const ofSearch = [...this.#members].filter((member) => member.search.key === search.key);
    const idle = ofSearch.find((member) => !member.busy);
    if (idle || this.#closed) return idle;
    // A grammar is decided within milliseconds: one decoder of it serves many calls and leaves room for the others.
    if ('grammarFile' in search && ofSearch.length >= Math.max(1, this.#options.maxProcesses / 2)) {
      return undefined;
    }
    if (this.#members.size < this.#options.maxProcesses) return this.#start(search);
    const replaceable = [...this.#members].filter((member) => !member.busy);
    const oldest = replaceable.sort((a, b) => a.usedAt - b.usedAt)[0];
    if (!oldest) return undefined;
    this.#members.delete(oldest);
    oldest.process.kill();
    return this.#start(search);
  }

  #start(search: Search): Member {
    const { start, clock, logger } = this.#options;
    const member: Member = { process: start(search), search, busy: false, usedAt: clock.monotonic() };
    this.#members.add(member);
    member.process.onGone((error) => {
      if (!this.#members.delete(member) || this.#closed) return;
      logger.warn(
        { search: search.key, error: error.message },
        'a decoder is gone; another starts when needed',
      );
      this.#assign();
    });
    return member;
  }
}
