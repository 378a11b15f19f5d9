import { Worker } from 'node:worker_threads';
import { EngineError, type EngineFailure } from './engine-error.ts';
import type {
  SqliteFailure,
  SqliteParameter,
  SqliteReply,
  SqliteRequest,
  SqliteStatement,
  SqliteWorkerOptions,
} from './sqlite-protocol.ts';
import { storableParameter } from './storable-text.ts';

/** Primary result codes (low byte) of SQLite that mean more than "failed": sqlite.org/rescode.html. */
const FAILURES: Readonly<Record<number, EngineFailure>> = {
  5: 'busy',
  6: 'busy',
  11: 'corrupt',
  13: 'full',
  26: 'corrupt',
};
/** SQLITE_CONSTRAINT_PRIMARYKEY and SQLITE_CONSTRAINT_UNIQUE. */
const UNIQUE_CODES = new Set([1555, 2067]);

function engineError({ code, message }: SqliteFailure): EngineError {
  if (UNIQUE_CODES.has(code)) return new EngineError('unique', message, { index: message });
  return new EngineError(FAILURES[code & 0xff] ?? 'failed', message);
}

/** A statement as it is asked for. */
export interface Statement {
  sql: string;
  parameters?: readonly unknown[];
}

export interface SqliteResult {
  rows: unknown[];
  changes: number;
}

function storable({ sql, parameters = [] }: Statement): SqliteStatement {
  if (parameters.length === 0) return { sql };
  return { sql, parameters: parameters.map(storableParameter) as SqliteParameter[] };
}

interface Pending {
  resolve: (result: SqliteResult) => void;
  reject: (error: EngineError) => void;
}

// The worker has the ending of this file: `.ts` when run from source, `.js` when built.
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './sqlite-worker.js',
  import.meta.url,
);

/** The near end of one SQLite connection that lives in a thread of its own. */
export class SqliteConnection {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #gone: EngineError | undefined;

  private constructor(options: SqliteWorkerOptions) {
    this.#worker = new Worker(WORKER, { workerData: options, name: 'offhook-sqlite' });
    this.#worker.on('message', (reply: SqliteReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#lose(`the SQLite thread died: ${error.message}`, error));
    this.#worker.on('exit', () => this.#lose('the SQLite connection is closed'));
  }

  /** @throws {EngineError} when the database cannot be opened. */
  static async open(options: SqliteWorkerOptions): Promise<SqliteConnection> {
    const connection = new SqliteConnection(options);
    try {
      await new Promise<SqliteResult>((resolve, reject) => {
        connection.#pending.set(0, { resolve, reject });
      });
    } catch (error) {
      await connection.#worker.terminate();
      throw error;
    }
    return connection;
  }

  /**
   * Sends at once; statements run in the order of the calls.
   * @param before statements that run first, whose results nobody needs: a message to the thread costs more than they
   * do. Where one fails the rest does not run.
   */
  execute(statement: Statement, before: readonly Statement[] = []): Promise<SqliteResult> {
    return this.#request({
      ...storable(statement),
      ...(before.length > 0 && { before: before.map(storable) }),
    });
  }

  /** Waits for what was sent before, then closes the database and ends the thread. */
  async close(): Promise<void> {
    if (this.#gone) return;
    const left = new Promise<void>((resolve) => {
      this.#worker.once('exit', () => resolve());
    });
    await this.#request({});
    await left;
  }

  #request(request: Omit<SqliteRequest, 'id'>): Promise<SqliteResult> {
    const gone = this.#gone;
    if (gone) return Promise.reject(gone);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id } satisfies SqliteRequest);
    });
  }

  #settle(reply: SqliteReply): void {
    const pending = this.#pending.get(reply.id);
    if (!pending) return;
    this.#pending.delete(reply.id);
    if (reply.failure) pending.reject(engineError(reply.failure));
    else pending.resolve({ rows: reply.rows ?? [], changes: reply.changes ?? 0 });
  }

  #lose(message: string, cause?: unknown): void {
    this.#gone ??= new EngineError('lost', message, { cause });
    for (const pending of this.#pending.values()) pending.reject(this.#gone);
    this.#pending.clear();
  }
}
