import type { Kysely, Transaction } from 'kysely';
import { ExchangeError } from '../domain/errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Engine } from './engines/engine.ts';
import { EngineError, type EngineFailure } from './engines/engine-error.ts';
import type { Schema } from './schema.ts';

/** Milliseconds between two log lines on the same failure: a full disk must not be filled further by its reports. */
const REPORT_INTERVAL_MS = 5_000;

/** What repositories run their queries through: it turns the engine's errors into the exchange's and reports them. */
export class Database {
  readonly engine: Engine;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #reportedAt = new Map<EngineFailure, number>();
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  constructor(engine: Engine, { clock, logger }: { clock: Clock; logger: Logger }) {
    this.engine = engine;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** A read by key, or one statement that writes. */
  point<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
    return this.#guard(() => work(this.engine.main));
  }

  /** A list or a search. */
  scan<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
    return this.#guard(() => work(this.engine.scans));
  }

  /** Several statements, all or none. What `work` throws of its own undoes it and is passed on. */
  transaction<T>(work: (tx: Transaction<Schema>) => Promise<T>): Promise<T> {
    return this.#guard(() => this.engine.main.transaction().execute(work));
  }

  /** Lets what has begun come to its end, transactions too; what is asked from now on fails. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#running);
    await this.engine.close();
  }

  async #guard<T>(run: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new ExchangeError('storage-failed', 'The exchange has closed its records.');
    const running = run();
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (error.failure !== 'unique') this.#report(error);
      throw new ExchangeError('storage-failed', 'The exchange could not read or write its records.', {
        cause: error,
      });
    } finally {
      this.#running.delete(running);
    }
  }

  #report(error: EngineError): void {
    const now = this.#clock.now();
    const reportedAt = this.#reportedAt.get(error.failure);
    if (reportedAt !== undefined && now - reportedAt < REPORT_INTERVAL_MS) return;
    this.#reportedAt.set(error.failure, now);
    this.#logger.error({ err: error, failure: error.failure }, 'storage failed');
  }
}

/** The text that names the unique index which refused a row, or undefined for any other error. */
export function refusingIndex(error: unknown): string | undefined {
  if (!(error instanceof ExchangeError) || !(error.cause instanceof EngineError)) return undefined;
  return error.cause.failure === 'unique' ? error.cause.index : undefined;
}
