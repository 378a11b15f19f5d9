import type { core } from 'zod';
import * as z from 'zod';
import type { SchemaRegistry } from '../server/dialect.ts';
import { type Failure, statusOf } from '../server/failure.ts';
import { MAX_ECHOED_PATH_LENGTH } from '../server/limits.ts';

/** Schemas that the OpenAPI document of the exchange's own API names. */
export const components: SchemaRegistry = z.registry<{ id: string }>();

export function named<S extends z.ZodType>(id: string, schema: S): S {
  components.add(schema, { id });
  return schema;
}

const errorSchema = named(
  'Error',
  z.object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      field: z.string().optional().meta({ description: 'Path of the field that was refused.' }),
    }),
  }),
);

type ErrorBody = z.output<typeof errorSchema>;

export function renderFailure(failure: Failure): { status: number; body: ErrorBody } {
  return { status: statusOf(failure), body: { error: errorOf(failure) } };
}

function errorOf(failure: Failure): ErrorBody['error'] {
  switch (failure.kind) {
    case 'unauthorized': {
      const missing = failure.reason === 'key-missing';
      return {
        code: failure.reason,
        message: missing
          ? 'Send a key: "Authorization: Bearer <key>".'
          : 'The key is unknown or was revoked.',
      };
    }
    case 'invalid':
      return { code: 'request-invalid', ...firstIssue(failure.issues) };
    case 'route-unknown': {
      const path = failure.path.slice(0, MAX_ECHOED_PATH_LENGTH);
      return { code: 'route-unknown', message: `There is no ${failure.method} ${path}.` };
    }
    case 'error':
      return { code: failure.code, message: failure.message };
  }
}

function firstIssue(issues: readonly core.$ZodIssue[]): { message: string; field?: string } {
  const issue = issues[0];
  if (!issue) return { message: 'The request is invalid.' };
  const field = issue.path.map(String).join('.');
  return { message: issue.message, ...(field !== '' && { field }) };
}
