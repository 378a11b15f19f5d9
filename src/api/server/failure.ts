import type { core, output, ZodType } from 'zod';
import { ERRORS, type ErrorCode, ExchangeError } from '../../domain/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { MAX_BODY_BYTES } from './limits.ts';

/** The part of a request that broke its schema. */
export type RequestPlace = 'path' | 'query' | 'body';

/** What went wrong with a request, before a dialect words it. */
export type Failure =
  | { kind: 'unauthorized'; reason: 'key-missing' | 'key-invalid' }
  | { kind: 'invalid'; issues: readonly core.$ZodIssue[]; place: RequestPlace }
  | { kind: 'route-unknown'; method: string; path: string }
  | { kind: 'error'; code: ErrorCode; message: string };

export class UnauthorizedError extends Error {
  readonly reason: 'key-missing' | 'key-invalid';

  constructor(reason: 'key-missing' | 'key-invalid') {
    super(reason);
    this.name = 'UnauthorizedError';
    this.reason = reason;
  }
}

/** A request whose parameters, query or body break their schema. */
export class RequestInvalidError extends Error {
  readonly issues: readonly core.$ZodIssue[];
  readonly place: RequestPlace;

  constructor(issues: readonly core.$ZodIssue[], place: RequestPlace = 'body') {
    super('the request is invalid');
    this.name = 'RequestInvalidError';
    this.issues = issues;
    this.place = place;
  }
}

/**
 * What a schema makes of a value.
 * @throws {RequestInvalidError}
 */
export function checked<S extends ZodType>(
  schema: S,
  value: unknown,
  place: RequestPlace = 'body',
): output<S> {
  // An issue that names its input tells a missing key from a wrong one.
  const result = schema.safeParse(value, { reportInput: true });
  if (!result.success) throw new RequestInvalidError(result.error.issues, place);
  return result.data;
}

/** A refusal of one field that needed more than its schema; `predicate` continues "<path> ...", as in "must be ...". */
export function fieldInvalid(path: PropertyKey[], predicate: string): RequestInvalidError {
  return new RequestInvalidError([{ code: 'custom', path, message: predicate }]);
}

/** Fastify's own refusals, by status, as errors of the catalogue. */
const FRAMEWORK_CODES: Readonly<Record<number, ErrorCode>> = {
  413: 'body-too-large',
  415: 'media-type-unsupported',
};

/** Our words where Fastify's own would repeat the whole path or say nothing to a client. */
const FRAMEWORK_MESSAGES: Readonly<Record<string, string>> = {
  FST_ERR_BAD_URL: 'The URL is malformed.',
  FST_ERR_MAX_PARAM_LENGTH: 'The URL has an overlong segment.',
  FST_ERR_CTP_BODY_TOO_LARGE: `Request body is larger than ${MAX_BODY_BYTES} bytes.`,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Request body must be of type application/json.',
};

/** Sorts anything thrown while a request was served. What is not the client's fault is logged here, once. */
export function failureOf(thrown: unknown, logger: Logger): Failure {
  if (thrown instanceof UnauthorizedError) return { kind: 'unauthorized', reason: thrown.reason };
  if (thrown instanceof RequestInvalidError) {
    return { kind: 'invalid', issues: thrown.issues, place: thrown.place };
  }
  if (thrown instanceof ExchangeError) {
    if (thrown.http >= 500) logger.error({ err: thrown, code: thrown.code }, 'request failed');
    return { kind: 'error', code: thrown.code, message: thrown.message };
  }
  const status = frameworkStatus(thrown);
  if (status !== undefined && status >= 400 && status < 500) {
    const code = FRAMEWORK_CODES[status] ?? 'request-invalid';
    const { message, code: name } = thrown as Error & { code: string };
    return { kind: 'error', code, message: FRAMEWORK_MESSAGES[name] ?? message };
  }
  logger.error({ err: thrown }, 'request failed');
  return { kind: 'error', code: 'internal', message: 'Internal server error' };
}

function frameworkStatus(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { statusCode, code } = thrown as { statusCode?: unknown; code?: unknown };
  const known = typeof code === 'string' && code.startsWith('FST_');
  return known && typeof statusCode === 'number' ? statusCode : undefined;
}

/** The HTTP status of a failure, the same in every dialect unless the dialect says otherwise. */
export function statusOf(failure: Failure): number {
  switch (failure.kind) {
    case 'unauthorized':
      return ERRORS.unauthorized.http;
    case 'invalid':
      return ERRORS['request-invalid'].http;
    case 'route-unknown':
      return ERRORS['not-found'].http;
    case 'error':
      return ERRORS[failure.code].http;
  }
}
