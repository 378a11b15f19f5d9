import { STATUS_CODES } from 'node:http';
import * as z from 'zod';
import { ExchangeError } from '../../domain/errors.ts';
import { type Failure, statusOf } from '../server/failure.ts';
import { MAX_ECHOED_PATH_LENGTH } from '../server/limits.ts';
import { validationMessages } from '../server/validation-messages.ts';
import { named } from './components.ts';

/** The vendor's error body: a list of sentences for a broken schema, one sentence for everything else. */
const errorSchema = named(
  'Error',
  z.object({
    message: z.union([z.string(), z.array(z.string())]),
    error: z.string(),
    statusCode: z.int(),
  }),
);

const UNAUTHORIZED_MESSAGES = {
  'key-missing': 'Missing Authorization Header.',
  'key-invalid':
    'Invalid Key. Hot tip, you may be using the private key instead of the public key, or vice versa.',
} as const;

export function renderFailure(failure: Failure): { status: number; body: z.output<typeof errorSchema> } {
  const status = statusOf(failure);
  const body = { message: messageOf(failure), error: STATUS_CODES[status] ?? 'Error', statusCode: status };
  return { status, body };
}

function messageOf(failure: Failure): string | string[] {
  switch (failure.kind) {
    case 'unauthorized':
      return UNAUTHORIZED_MESSAGES[failure.reason];
    case 'invalid':
      return validationMessages(failure.issues);
    case 'route-unknown':
      return `Cannot ${failure.method} ${failure.path.slice(0, MAX_ECHOED_PATH_LENGTH)}`;
    case 'error':
      return failure.message;
  }
}

/** A refusal that no schema can express, in the vendor's way of writing: 400 with one sentence. */
export function refusal(message: string): ExchangeError {
  return new ExchangeError('request-invalid', message);
}

/** What stands for a resource that does not exist or belongs to another org: nobody can tell which. */
export function notFound(resource: string, id: string): ExchangeError {
  return new ExchangeError('not-found', `Couldn't Get ${resource}. \`id\` ${id} Does Not Exist.`);
}
