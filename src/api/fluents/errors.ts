import { STATUS_CODES } from 'node:http';
import * as z from 'zod';
import { ExchangeError } from '../../domain/errors.ts';
import { type Failure, statusOf } from '../server/failure.ts';
import { MAX_ECHOED_PATH_LENGTH } from '../server/limits.ts';
import { validationMessages } from '../server/validation-messages.ts';
import { named } from './components.ts';

/** The vendor's error body: always one sentence, and the status' name without a space. */
const errorSchema = named('Error', z.object({ message: z.string(), error: z.string(), statusCode: z.int() }));

const UNAUTHORIZED_MESSAGES = {
  'key-missing': 'The Authorization header is missing.',
  'key-invalid': 'The API key is not valid.',
} as const;

export function renderFailure(failure: Failure): { status: number; body: z.output<typeof errorSchema> } {
  const status = statusOf(failure);
  const error = (STATUS_CODES[status] ?? 'Error').replaceAll(' ', '');
  return { status, body: { message: messageOf(failure), error, statusCode: status } };
}

function messageOf(failure: Failure): string {
  switch (failure.kind) {
    case 'unauthorized':
      return UNAUTHORIZED_MESSAGES[failure.reason];
    case 'invalid':
      return validationMessages(failure.issues).join(', ');
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

/** What stands for a thing that does not exist or belongs to another org: nobody can tell which. */
export function notFound(thing: string, key: string): ExchangeError {
  return new ExchangeError('not-found', `${thing} ${key} was not found`);
}

/** @throws {ExchangeError} 404 when there is none. */
export function known<T>(found: T | undefined, thing: string, key: string): T {
  if (found === undefined) throw notFound(thing, key);
  return found;
}
