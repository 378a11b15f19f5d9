import * as z from 'zod';
import {
  type Resource as AnyResource,
  type ResourceVerb,
  resourceRoutes as routesOf,
} from '../server/resource-routes.ts';
import type { Route } from '../server/route.ts';
import { notFound } from './errors.ts';
import { uuid } from './fields.ts';
import { listed, listSchema } from './paging.ts';
import type { VocodeRevision } from './revision.ts';

export const idQuery = z.object({ id: uuid() });

/** A kind of object of the API, which removes none. */
export interface Resource<T, C extends z.ZodType, U extends z.ZodType, I = T>
  extends Omit<AnyResource<T, C, U, I>, 'remove'> {
  /** In the singular, as in `vector_database`. */
  noun: string;
  /** Name of the listed form in the OpenAPI document. */
  name: string;
  /** The form that lists show. */
  itemSchema: z.ZodType;
  showItem(item: I): unknown;
}

export function resourceRoutes<T, C extends z.ZodType, U extends z.ZodType, I = T>(
  revision: VocodeRevision,
  resource: Resource<T, C, U, I>,
): Route[] {
  const { noun, name, itemSchema, showItem } = resource;
  const path = `/v1/${noun}s`;
  const title = noun.replace('_', ' ');
  const summaries: Record<ResourceVerb, string> = {
    get: `Get a ${title}`,
    list: `List ${title}s`,
    create: `Create a ${title}`,
    update: `Change a ${title}; what is left out stays`,
    delete: `Remove a ${title}`,
  };
  return routesOf<T, C, U, I>(withoutRemoval(resource), {
    path,
    // The oldest document has a slash at the end; neither form redirects.
    aliases: [`${path}/`],
    tag: `${noun}s`,
    operationId: (verb) => `${verb}_${noun}${verb === 'list' ? 's' : ''}`,
    summary: (verb) => summaries[verb],
    idQuery,
    writtenStatus: 200,
    listSchema: listSchema(revision, name, itemSchema),
    list: (query, read) => listed(revision, query, read, showItem),
    known: (value) => {
      if (value === undefined) throw notFound(title.charAt(0).toUpperCase() + title.slice(1));
      return value;
    },
  });
}

/** A store offers to remove what this API has no route for. */
function withoutRemoval<R extends object>(resource: R): Omit<R, 'remove'> {
  const { remove: _, ...rest } = resource as R & { remove?: unknown };
  return rest;
}
