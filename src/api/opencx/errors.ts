import { STATUS_CODES } from 'node:http';
import * as z from 'zod';
import { ExchangeError } from '../../domain/errors.ts';
import { type Failure, statusOf } from '../server/failure.ts';
import { MAX_ECHOED_PATH_LENGTH } from '../server/limits.ts';
import { validationMessages } from '../server/validation-messages.ts';
import { named } from './components.ts';

/** The vendor's error body. Unlike Vapi's, `message` is always one text. */
const errorSchema = named('Error', z.object({ statusCode: z.int(), message: z.string(), error: z.string() }));

export function renderFailure(failure: Failure): { status: number; body: z.output<typeof errorSchema> } {
  const statusCode = statusOf(failure);
  const body = { statusCode, message: messageOf(failure), error: STATUS_CODES[statusCode] ?? 'Error' };
  return { status: statusCode, body };
}

function messageOf(failure: Failure): string {
  switch (failure.kind) {
    case 'unauthorized':
      return 'Unauthorized';
    case 'invalid':
      return validationMessages(failure.issues).join('; ');
    case 'route-unknown':
      return `Cannot ${failure.method} ${failure.path.slice(0, MAX_ECHOED_PATH_LENGTH)}`;
    case 'error':
      return failure.message;
  }
}

/** A refusal that no schema can express: 400 with one sentence. */
export function refusal(message: string): ExchangeError {
  return new ExchangeError('request-invalid', message);
}

/**
 * The thing that an id stands for.
 * @throws {ExchangeError} 404 where it does not exist or belongs to another org: nobody can tell which.
 */
export function known<T>(value: T | undefined, thing: string): T {
  if (value === undefined) throw new ExchangeError('not-found', `${thing} not found`);
  return value;
}
