import { type MessagePort, Worker } from 'node:worker_threads';
import type { Logger } from '../lib/logger.ts';
import type { RecordingResult, RtpStats } from './media-session.ts';
import { readFrames } from './worker/frame-batch.ts';
import type {
  Command,
  FramesMessage,
  FromWorker,
  Reply,
  Request,
  SessionEvent,
  SessionHandle,
} from './worker/protocol.ts';

/** Time a worker has to end by itself. */
const SHUTDOWN_MS = 2000;

/** What each request is answered with. */
interface Answers {
  open: undefined;
  clear: number;
  'stop-recording': RecordingResult;
  stats: RtpStats;
  close: RtpStats;
}

type Unnumbered<T> = T extends Request ? Omit<T, 'request'> : never;

/** What the main thread's side of a session takes from its worker. */
export interface SessionListener {
  onEvent(event: SessionEvent): void;
  onFrame(samples: Int16Array, at: number): void;
  /** The worker died, and with it the session. */
  onLost(reason: string): void;
}

/** One media worker as the main thread sees it: requests with answers, commands without, events by session. */
export class WorkerThread {
  readonly #worker: Worker;
  readonly #logger: Logger;
  readonly #listeners = new Map<SessionHandle, SessionListener>();
  readonly #pending = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  readonly #exited: Promise<void>;
  #requests = 0;
  #alive = true;

  constructor(logger: Logger) {
    this.#logger = logger;
    // Run from source the entry ends in .ts, compiled in .js.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./worker/media-worker.${extension}`, import.meta.url), {
      name: 'media',
    });
    this.#worker.on('message', (message: FromWorker) => this.#onMessage(message));
    this.#worker.on('error', (error: Error) => this.#die(error.message));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#die(`exit code ${code}`);
        resolve();
      });
    });
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  get sessionCount(): number {
    return this.#listeners.size;
  }

  attach(session: SessionHandle, listener: SessionListener): void {
    this.#listeners.set(session, listener);
  }

  detach(session: SessionHandle): void {
    this.#listeners.delete(session);
  }

  /** @throws {Error} with the worker's error code, or `media-worker-died` */
  ask<K extends Request['type']>(request: Unnumbered<Request & { type: K }>): Promise<Answers[K]> {
    if (!this.#alive) return Promise.reject(diedError());
    this.#requests += 1;
    const number = this.#requests;
    return new Promise<Answers[K]>((resolve, reject) => {
      this.#pending.set(number, { resolve, reject });
      this.#worker.postMessage({ ...request, request: number });
    });
  }

  tell(command: Command, transfer: (ArrayBuffer | MessagePort)[] = []): void {
    if (this.#alive) this.#worker.postMessage(command, transfer);
  }

  /** Ends the thread, by force when it does not end by itself. */
  async close(): Promise<void> {
    this.tell({ type: 'shutdown' });
    this.#alive = false;
    const force = setTimeout(() => void this.#worker.terminate(), SHUTDOWN_MS);
    await this.#exited;
    clearTimeout(force);
  }

  #onMessage(message: FromWorker): void {
    if (message.type === 'frames') this.#onFrames(message);
    else if (message.type === 'reply') this.#onReply(message);
    else if (message.type === 'usual-priority')
      this.#logger.debug({ reason: message.reason }, 'A media worker has no priority over other threads.');
    else this.#listeners.get(message.session)?.onEvent(message);
  }

  #onFrames(message: FramesMessage): void {
    readFrames(message, (session, samples) => this.#listeners.get(session)?.onFrame(samples, message.at));
  }

  #onReply(reply: Reply): void {
    const pending = this.#pending.get(reply.request);
    this.#pending.delete(reply.request);
    if (reply.ok) pending?.resolve(reply.value as never);
    else pending?.reject(Object.assign(new Error(reply.message), { code: reply.code }));
  }

  #die(reason: string): void {
    const died = this.#alive;
    this.#alive = false;
    for (const { reject } of this.#pending.values()) reject(diedError());
    this.#pending.clear();
    if (!died) return;
    this.#logger.error(
      { reason, sessions: this.#listeners.size },
      'A media worker died; its calls have no audio.',
    );
    for (const listener of [...this.#listeners.values()]) listener.onLost(reason);
  }
}

function diedError(): Error {
  return Object.assign(new Error('The media worker died.'), { code: 'media-worker-died' });
}
