import type { Blame } from './calls/end-reason.ts';

interface ErrorEntry {
  http: number;
  /** The SIP answer where the error meets a caller. */
  sip: number;
  retryable: boolean;
  blame: Blame;
}

/** Every error the exchange names, in one table: what HTTP and SIP say of it, whether to try again, who caused it. */
export const ERRORS = {
  'request-invalid': { http: 400, sip: 400, retryable: false, blame: 'customer' },
  unauthorized: { http: 401, sip: 401, retryable: false, blame: 'customer' },
  forbidden: { http: 403, sip: 403, retryable: false, blame: 'customer' },
  'not-found': { http: 404, sip: 404, retryable: false, blame: 'customer' },
  'number-taken': { http: 400, sip: 500, retryable: false, blame: 'customer' },
  'credential-not-found': { http: 400, sip: 500, retryable: false, blame: 'customer' },
  'body-too-large': { http: 413, sip: 513, retryable: false, blame: 'customer' },
  'media-type-unsupported': { http: 415, sip: 415, retryable: false, blame: 'customer' },
  'number-activating': { http: 409, sip: 480, retryable: true, blame: 'customer' },
  'number-blocked': { http: 409, sip: 403, retryable: false, blame: 'customer' },
  'media-incompatible': { http: 400, sip: 488, retryable: false, blame: 'carrier' },
  'ports-exhausted': { http: 503, sip: 503, retryable: true, blame: 'exchange' },
  draining: { http: 503, sip: 503, retryable: true, blame: 'exchange' },
  'storage-failed': { http: 500, sip: 500, retryable: true, blame: 'exchange' },
  'egress-refused': { http: 400, sip: 500, retryable: false, blame: 'customer' },
  internal: { http: 500, sip: 500, retryable: true, blame: 'unknown' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** An error of the catalogue. `message` may be shown to the customer; `cause` never is. */
export class ExchangeError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ExchangeError';
    this.code = code;
  }

  get http(): number {
    return ERRORS[this.code].http;
  }

  get sip(): number {
    return ERRORS[this.code].sip;
  }
}
