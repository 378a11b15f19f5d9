export type StorageOpenFailure =
  | 'data-dir-in-use'
  | 'data-dir-unusable'
  | 'database-locked'
  | 'database-corrupt'
  | 'database-unreachable'
  | 'database-failed'
  | 'schema-newer'
  | 'secret-key-invalid'
  | 'secret-key-missing'
  | 'secret-key-wrong'
  | 'secret-rotation-refused'
  | 'secret-rotation-unfinished';

/** Why the storage cannot be used at start; the message is one line for the operator and holds no secret. */
export class StorageOpenError extends Error {
  readonly code: StorageOpenFailure;

  constructor(code: StorageOpenFailure, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StorageOpenError';
    this.code = code;
  }
}
