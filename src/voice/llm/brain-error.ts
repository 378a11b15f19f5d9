/** What went wrong with a model's vendor, as far as it decides what to do about it. */
export type BrainFailure = 'auth' | 'rate' | 'server' | 'network' | 'bad-request' | 'timeout';

/** A brain that could not answer. The message may be shown to the customer; it holds no key. */
export class BrainError extends Error {
  readonly kind: BrainFailure;
  readonly provider: string;
  /** HTTP status of the vendor's answer, if there was one. */
  readonly status: number | undefined;

  constructor(
    kind: BrainFailure,
    provider: string,
    message: string,
    options?: { status?: number; cause?: unknown },
  ) {
    super(`${provider}: ${message}`, { cause: options?.cause });
    this.name = 'BrainError';
    this.kind = kind;
    this.provider = provider;
    this.status = options?.status;
  }
}
