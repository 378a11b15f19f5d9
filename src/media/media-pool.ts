import { availableParallelism } from 'node:os';
import { type Clock, systemClock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { MediaPool, MediaSession } from './media-session.ts';
import { PortPool } from './rtp/port-pool.ts';
import { WorkerSession } from './worker-session.ts';
import { WorkerThread } from './worker-thread.ts';

export interface MediaPoolOptions {
  /** Threads; one core is left to the rest of the exchange where there is more than one. */
  workers?: number;
  /** Range of UDP ports, both ends included; each session takes an even one and the odd one above it. */
  ports: { from: number; to: number };
  logger: Logger;
  /** For the draining of ports. */
  clock?: Clock;
}

/** Starts the media workers. @throws {RangeError} when the ports hold no pair. */
export function createMediaPool(options: MediaPoolOptions): MediaPool {
  return new WorkerPool(options);
}

class WorkerPool implements MediaPool {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #ports: PortPool;
  readonly #threads: WorkerThread[];
  readonly #sessions = new Set<WorkerSession>();
  /** Sessions that are being opened, by thread, so that a rush spreads too. */
  readonly #opening = new Map<WorkerThread, number>();
  #handles = 0;
  #closed = false;

  constructor(options: MediaPoolOptions) {
    this.#logger = options.logger;
    this.#clock = options.clock ?? systemClock;
    this.#ports = new PortPool(options.ports);
    const workers = options.workers ?? Math.max(1, availableParallelism() - 1);
    this.#threads = Array.from({ length: Math.max(1, workers) }, () => new WorkerThread(this.#logger));
  }

  get activeCount(): number {
    return this.#sessions.size;
  }

  async createSession({
    bindAddress,
    near,
  }: {
    bindAddress: string;
    near?: MediaSession;
  }): Promise<MediaSession> {
    if (this.#closed) throw Object.assign(new Error('The media pool is closed.'), { code: 'closed' });
    const thread = this.#threadOf(near) ?? this.#leastBusyThread();
    this.#handles += 1;
    const handle = this.#handles;
    this.#opening.set(thread, (this.#opening.get(thread) ?? 0) + 1);
    try {
      const port = await this.#open(thread, handle, bindAddress);
      return this.#adopt(thread, handle, port);
    } finally {
      this.#opening.set(thread, (this.#opening.get(thread) ?? 1) - 1);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#sessions].map((session) => session.close()));
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #adopt(thread: WorkerThread, handle: number, port: number): MediaSession {
    const session: WorkerSession = new WorkerSession({
      id: newId(),
      handle,
      localPort: port,
      thread,
      released: () => {
        this.#sessions.delete(session);
        this.#ports.release(port, this.#clock.monotonic());
      },
    });
    this.#sessions.add(session);
    return session;
  }

  /** Opens on the first pair that nobody else on this host holds; each is tried once. */
  async #open(thread: WorkerThread, session: number, bindAddress: string): Promise<number> {
    const taken: number[] = [];
    try {
      for (;;) {
        const port = this.#ports.acquire(this.#clock.monotonic());
        if (port === undefined)
          throw Object.assign(new Error('No RTP port pair is free.'), { code: 'ports-exhausted' });
        try {
          await thread.ask<'open'>({ type: 'open', session, bindAddress, port });
          return port;
        } catch (error) {
          taken.push(port);
          if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
        }
      }
    } finally {
      for (const port of taken) this.#ports.release(port, this.#clock.monotonic());
    }
  }

  /** The worker of a session, where it is one of this pool's and alive. */
  #threadOf(session: MediaSession | undefined): WorkerThread | undefined {
    if (!(session instanceof WorkerSession) || !this.#sessions.has(session)) return undefined;
    return session.thread.isAlive ? session.thread : undefined;
  }

  #leastBusyThread(): WorkerThread {
    this.#threads.forEach((thread, index) => {
      if (!thread.isAlive) this.#threads[index] = new WorkerThread(this.#logger);
    });
    const load = (thread: WorkerThread) => thread.sessionCount + (this.#opening.get(thread) ?? 0);
    return this.#threads.reduce((least, thread) => (load(thread) < load(least) ? thread : least));
  }
}
