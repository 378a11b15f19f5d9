/** The thread that owns one SQLite connection: statements in, rows out, strictly in order. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { BoundedMap } from '../../lib/bounded-map.ts';
import type { SqliteFailure, SqliteReply, SqliteRequest, SqliteWorkerOptions } from './sqlite-protocol.ts';

/** KiB of pages kept in memory per connection: holds the upper index levels of some million rows. */
const PAGE_CACHE_KIB = 16_384;
/** Bytes the write-ahead log shrinks back to after a peak. */
const JOURNAL_SIZE_LIMIT = 64 * 1024 * 1024;
/** Milliseconds between two looks at a lock that SQLite does not wait for by itself. */
const LOCK_POLL_MS = 10;
/** SQLITE_BUSY: sqlite.org/rescode.html. */
const BUSY = 5;
/** Prepared statements kept; the storage has some fifty texts. */
const STATEMENT_CACHE_SIZE = 256;

const port = parentPort as MessagePort;
const options = workerData as SqliteWorkerOptions;
const statements = new BoundedMap<string, StatementSync>(STATEMENT_CACHE_SIZE);

/**
 * Who turns a new database to this mode reads first and then asks for the lock of a writer, which SQLite refuses at
 * once where another has it: two that waited so would wait for each other. The other is through in a moment.
 */
function useWriteAheadLog(database: DatabaseSync): void {
  const giveUpAt = performance.now() + options.busyTimeoutMs;
  for (;;) {
    try {
      database.exec('pragma journal_mode = wal');
      return;
    } catch (error) {
      if ((failureOf(error).code & 0xff) !== BUSY || performance.now() >= giveUpAt) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
  }
}

function open(): DatabaseSync {
  const database = new DatabaseSync(options.path, { timeout: options.busyTimeoutMs });
  try {
    useWriteAheadLog(database);
    database.exec('pragma synchronous = full');
    database.exec('pragma foreign_keys = on');
    database.exec(`pragma cache_size = -${PAGE_CACHE_KIB}`);
    database.exec(`pragma journal_size_limit = ${JOURNAL_SIZE_LIMIT}`);
    if (options.queryOnly) database.exec('pragma query_only = on');
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

function failureOf(error: unknown): SqliteFailure {
  const { errcode, message } = error as { errcode?: number; message?: string };
  return { code: typeof errcode === 'number' ? errcode : 0, message: message ?? String(error) };
}

function prepare(database: DatabaseSync, sql: string): StatementSync {
  const known = statements.get(sql);
  if (known) return known;
  const statement = database.prepare(sql);
  statements.set(sql, statement);
  return statement;
}

function answer(database: DatabaseSync, request: SqliteRequest): SqliteReply {
  const { id, sql = '', before = [], parameters = [] } = request;
  for (const { sql, parameters = [] } of before) prepare(database, sql).run(...parameters);
  // A full disk rolls the transaction back by itself; a second rollback would hide the error that tells so.
  if (sql === 'rollback' && !database.isTransaction) return { id, rows: [], changes: 0 };
  const statement = prepare(database, sql);
  // Rows are always read to the end: a RETURNING statement left half-read holds back the log's checkpoint.
  if (statement.columns().length > 0) return { id, rows: statement.all(...parameters), changes: 0 };
  return { id, rows: [], changes: Number(statement.run(...parameters).changes) };
}

function serve(database: DatabaseSync): void {
  port.postMessage({ id: 0 } satisfies SqliteReply);
  port.on('message', (request: SqliteRequest) => {
    try {
      if (request.sql === undefined) {
        statements.clear();
        database.close();
        port.postMessage({ id: request.id } satisfies SqliteReply);
        port.close();
        return;
      }
      port.postMessage(answer(database, request));
    } catch (error) {
      port.postMessage({ id: request.id, failure: failureOf(error) } satisfies SqliteReply);
    }
  });
}

try {
  serve(open());
} catch (error) {
  port.postMessage({ id: 0, failure: failureOf(error) } satisfies SqliteReply);
}
