import * as z from 'zod';
import { ExchangeError } from '../../domain/errors.ts';
import { type Failure, statusOf } from '../server/failure.ts';
import { named, perRevision, type VocodeRevision } from './revision.ts';
import { validationDetails } from './validation-details.ts';

/** What the vendor's framework answers for a broken schema; every other refusal has its own status. */
const UNPROCESSABLE = 422;
/** The framework's answer where there is no key at all; a wrong key is a 401. */
const NOT_AUTHENTICATED = 403;

/** The body of every refusal: one sentence, or a list for a broken schema. */
export const errorSchemas = perRevision((revision) => {
  const detail = z.object({
    loc: z.array(z.union([z.string(), z.int()])),
    msg: z.string(),
    type: z.string(),
  });
  return named(revision, 'Error', z.object({ detail: z.union([z.string(), z.array(detail)]) }));
});

type ErrorBody = { detail: string | ReturnType<typeof validationDetails> };

/** Words a failure as the vendor's framework (FastAPI) does. */
export function renderFailure(
  failure: Failure,
  revision: VocodeRevision,
): { status: number; body: ErrorBody } {
  switch (failure.kind) {
    case 'unauthorized':
      return failure.reason === 'key-missing'
        ? { status: NOT_AUTHENTICATED, body: { detail: 'Not authenticated' } }
        : { status: statusOf(failure), body: { detail: 'Invalid authentication credentials' } };
    case 'invalid':
      return {
        status: UNPROCESSABLE,
        body: { detail: validationDetails(failure.issues, failure.place, revision) },
      };
    case 'route-unknown':
      return { status: statusOf(failure), body: { detail: 'Not Found' } };
    case 'error':
      return { status: statusOf(failure), body: { detail: failure.message } };
  }
}

/** A refusal that no schema can express: 400 with one sentence. */
export function refusal(message: string): ExchangeError {
  return new ExchangeError('request-invalid', message);
}

/** What stands for a resource that does not exist or belongs to another org: nobody can tell which. */
export function notFound(resource: string): ExchangeError {
  return new ExchangeError('not-found', `${resource} not found`);
}
