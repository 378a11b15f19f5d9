import type * as z from 'zod';
import { shownPage } from '../server/pages.ts';
import {
  type Resource as AnyResource,
  type ResourceVerb,
  resourceRoutes as routesOf,
} from '../server/resource-routes.ts';
import type { Route } from '../server/route.ts';
import { known } from './errors.ts';
import { idQuery } from './fields.ts';

/** A kind of object of the API. */
export interface Resource<T, C extends z.ZodType, U extends z.ZodType> extends AnyResource<T, C, U> {
  /** In the singular, as in `account_connection`. */
  noun: string;
  pageSchema: z.ZodType;
}

export function resourceRoutes<T, C extends z.ZodType, U extends z.ZodType>(
  resource: Resource<T, C, U>,
): Route[] {
  const { noun } = resource;
  const words = noun.split('_').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  const title = words.join(' ');
  const name = words.join('');
  const summaries: Record<ResourceVerb, string> = {
    get: `Get ${title}`,
    list: `List ${title}s`,
    create: `Create ${title}`,
    update: `Update ${title}: what is left out stays, null unsets`,
    delete: `Delete ${title}`,
  };
  return routesOf(resource, {
    path: `/v1/${noun}s`,
    tag: `${title}s`,
    operationId: (verb) => `${name}Controller_${verb}${name}${verb === 'list' ? 's' : ''}`,
    summary: (verb) => summaries[verb],
    idQuery,
    writtenStatus: 201,
    listSchema: resource.pageSchema,
    list: (query, read) => shownPage(query, read, resource.show),
    known: (value, id) => known(value, title, id),
  });
}
