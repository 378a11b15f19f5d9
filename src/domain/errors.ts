interface ErrorEntry {
  http: number;
  /** The SIP answer where the error meets a caller. */
  sip: number;
}

/** Every error the exchange names, in one table: what HTTP and SIP say of it. */
export const ERRORS = {
  'request-invalid': { http: 400, sip: 400 },
  unauthorized: { http: 401, sip: 401 },
  forbidden: { http: 403, sip: 403 },
  'not-found': { http: 404, sip: 404 },
  'body-too-large': { http: 413, sip: 513 },
  'media-type-unsupported': { http: 415, sip: 415 },
  /** A live call was asked for something that only its agent can do, and none is on the line. */
  'agent-absent': { http: 409, sip: 480 },
  /** As many as may watch or listen at once do so already, or somebody asks too often. */
  'limit-reached': { http: 429, sip: 503 },
  'number-activating': { http: 409, sip: 480 },
  'number-blocked': { http: 409, sip: 403 },
  /** It only places calls. */
  'number-outbound-only': { http: 409, sip: 403 },
  /** A number that only the gateways of its trunk may call, called from elsewhere. */
  'source-unknown': { http: 403, sip: 403 },
  'ports-exhausted': { http: 503, sip: 503 },
  'storage-failed': { http: 500, sip: 500 },
  'egress-refused': { http: 400, sip: 500 },
  internal: { http: 500, sip: 500 },
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
}
