import { Worker } from 'node:worker_threads';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { FliteJob, FliteReply } from './flite-wire.ts';

/** A sentence takes well under a second; a worker silent for so long has hung. */
const JOB_LIMIT_MS = 10_000;
/** Sentences that may wait at once over all calls, 50 s of work: beyond it a caller would hear silence anyway. */
const MAX_WAITING = 1_000;

interface Pending {
  job: FliteJob;
  resolve: (samples: Int16Array) => void;
  reject: (error: Error) => void;
}

/** One worker thread that synthesizes one sentence after the other. It is started when needed, also after a crash. */
export class FliteWorkerQueue {
  readonly #workerUrl: URL;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #waiting: Pending[] = [];
  #current: Pending | undefined;
  #limit: Timer | undefined;
  #worker: Worker | undefined;
  #nextId = 1;
  #closed = false;

  constructor(workerUrl: URL, clock: Clock, logger: Logger) {
    this.#workerUrl = workerUrl;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** @throws when flite refuses, the worker dies, too much waits, or the signal aborts before it was begun. */
  run(job: Omit<FliteJob, 'id'>, signal: AbortSignal): Promise<Int16Array> {
    if (this.#closed) return Promise.reject(new Error('the offline voice is closed'));
    if (signal.aborted) return Promise.reject(new Error('aborted'));
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.reject(new Error(`the offline voice is overloaded: ${MAX_WAITING} sentences wait`));
    }
    return new Promise((resolve, reject) => {
      const pending: Pending = { job: { ...job, id: this.#nextId }, resolve, reject };
      this.#nextId += 1;
      const onAbort = () => {
        const at = this.#waiting.indexOf(pending);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(new Error('aborted'));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const settled = () => signal.removeEventListener('abort', onAbort);
      pending.resolve = (samples) => {
        settled();
        resolve(samples);
      };
      pending.reject = (error) => {
        settled();
        reject(error);
      };
      this.#waiting.push(pending);
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#fail(new Error('the offline voice is closed'));
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('the offline voice is closed'));
    await worker?.terminate();
  }

  #next(): void {
    if (this.#current || this.#closed) return;
    const next = this.#waiting.shift();
    if (!next) {
      this.#worker?.unref();
      return;
    }
    this.#current = next;
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#limit = this.#clock.setTimeout(() => this.#onHung(), JOB_LIMIT_MS);
    this.#worker.postMessage(next.job);
  }

  #start(): Worker {
    const worker = new Worker(this.#workerUrl);
    worker.on('message', (reply: FliteReply) => {
      if (worker === this.#worker) this.#onReply(reply);
    });
    worker.on('error', (error) => this.#onGone(worker, error));
    worker.on('exit', (code) => this.#onGone(worker, new Error(`its worker ended with exit code ${code}`)));
    return worker;
  }

  #onReply(reply: FliteReply): void {
    if (this.#current?.job.id !== reply.id) return;
    const { resolve, reject } = this.#take();
    if ('samples' in reply) resolve(reply.samples);
    else reject(new Error(`the offline voice failed: ${reply.error}`));
    this.#next();
  }

  #onGone(worker: Worker, error: Error): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#logger.error({ error: error.message }, 'the offline voice crashed; its worker starts anew');
    this.#fail(new Error(`the offline voice crashed: ${error.message}`));
    this.#next();
  }

  #onHung(): void {
    const worker = this.#worker;
    if (!worker) return;
    this.#onGone(worker, new Error(`no answer for ${JOB_LIMIT_MS} ms`));
    void worker.terminate();
  }

  #fail(error: Error): void {
    if (this.#current) this.#take().reject(error);
  }

  #take(): Pending {
    const current = this.#current;
    if (!current) throw new Error('no sentence is being synthesized');
    this.#clock.clearTimeout(this.#limit);
    this.#current = undefined;
    return current;
  }
}
