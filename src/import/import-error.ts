/** Why an import cannot go on: one line for the person who runs it. */
export class ImportError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ImportError';
  }
}

/** An answer that is no success. */
export class RefusedError extends ImportError {
  readonly status: number;
  /** The status with what the server said of it, in one line. */
  readonly words: string;

  constructor(baseUrl: string, status: number, words: string) {
    super(`${baseUrl} answers ${words}`);
    this.name = 'RefusedError';
    this.status = status;
    this.words = words;
  }
}
