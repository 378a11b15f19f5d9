/**
 * What went wrong in a database, in words that both engines share:
 * `unique` a unique index refused the row, `full` no space is left, `busy` another process holds the lock,
 * `corrupt` the file is damaged or no database, `lost` the connection or worker is gone, `failed` anything else.
 */
export type EngineFailure = 'unique' | 'full' | 'busy' | 'corrupt' | 'lost' | 'failed';

/** An error of the database itself, told apart from what the code inside a transaction throws. */
export class EngineError extends Error {
  readonly failure: EngineFailure;
  /** For `unique`: text that names the columns of the index (SQLite) or the index called after them (PostgreSQL). */
  readonly index: string;

  constructor(failure: EngineFailure, message: string, options: { cause?: unknown; index?: string } = {}) {
    super(message, { cause: options.cause });
    this.name = 'EngineError';
    this.failure = failure;
    this.index = options.index ?? '';
  }
}
