/** What the worker is started with. */
export interface SqliteWorkerOptions {
  /** File of the database, or `:memory:`. */
  path: string;
  /** The connection only reads. */
  queryOnly: boolean;
  /** How long a statement waits for another process's lock, in milliseconds. */
  busyTimeoutMs: number;
}

export type SqliteParameter = string | number | bigint | null | Uint8Array;

export interface SqliteStatement {
  sql: string;
  parameters?: SqliteParameter[];
}

/** `sql` unset asks the worker to close the database and leave. Requests are answered in their order. */
export interface SqliteRequest {
  id: number;
  sql?: string;
  /** Statements whose rows nobody needs, which run before `sql`; where one fails the rest does not run. */
  before?: SqliteStatement[];
  parameters?: SqliteParameter[];
}

export interface SqliteFailure {
  /** SQLite's extended result code; 0 where the error is none of SQLite's. */
  code: number;
  message: string;
}

/** The reply to request 0, which is never sent, says whether the database could be opened. */
export interface SqliteReply {
  id: number;
  rows?: unknown[];
  changes?: number;
  failure?: SqliteFailure;
}
