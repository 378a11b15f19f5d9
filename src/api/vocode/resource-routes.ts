import * as z from 'zod';
import type { ListQuery, Page } from '../../domain/page.ts';
import { pageQuery } from '../server/pages.ts';
import { type Route, route } from '../server/route.ts';
import { notFound } from './errors.ts';
import { uuid } from './fields.ts';
import { listed, listSchema } from './paging.ts';
import type { VocodeRevision } from './revision.ts';

export const idQuery = z.object({ id: uuid() });

/** A kind of object that the API reads, lists, makes and changes; all kinds do it at the same paths. */
export interface Resource<T, P extends z.ZodType, U extends z.ZodType, I = T> {
  /** In the singular, as in `vector_database`. */
  noun: string;
  /** Name of the listed form in the OpenAPI document. */
  name: string;
  paramsSchema: P;
  updateSchema: U;
  /** The whole object. */
  schema: z.ZodType;
  /** The form that lists show. */
  itemSchema: z.ZodType;
  get(orgId: string, id: string): Promise<T | undefined>;
  page(orgId: string, query: ListQuery): Promise<Page<I>>;
  create(orgId: string, body: z.output<P>): Promise<T>;
  /** @returns undefined when the org has no such object. */
  update(orgId: string, id: string, body: z.output<U>): Promise<T | undefined>;
  show(value: T): Promise<unknown>;
  showItem(item: I): unknown;
}

export function resourceRoutes<T, P extends z.ZodType, U extends z.ZodType, I = T>(
  revision: VocodeRevision,
  resource: Resource<T, P, U, I>,
): Route[] {
  const { noun, name } = resource;
  const path = `/v1/${noun}s`;
  const title = noun.replace('_', ' ');
  const known = (value: T | undefined): T => {
    if (value === undefined) throw notFound(title.charAt(0).toUpperCase() + title.slice(1));
    return value;
  };
  const shared = { tag: `${noun}s`, status: 200 };
  return [
    route({
      ...shared,
      method: 'GET',
      path,
      // The oldest document has a slash at the end; neither form redirects.
      aliases: [`${path}/`],
      operationId: `get_${noun}`,
      summary: `Get a ${title}`,
      query: idQuery,
      response: resource.schema,
      handle: async ({ orgId, query }) => resource.show(known(await resource.get(orgId, query.id))),
    }),
    route({
      ...shared,
      method: 'GET',
      path: `${path}/list`,
      operationId: `list_${noun}s`,
      summary: `List ${title}s`,
      query: pageQuery,
      response: listSchema(revision, name, resource.itemSchema),
      handle: ({ orgId, query }) =>
        listed(revision, query, (slice) => resource.page(orgId, slice), resource.showItem),
    }),
    route({
      ...shared,
      method: 'POST',
      path: `${path}/create`,
      operationId: `create_${noun}`,
      summary: `Create a ${title}`,
      body: resource.paramsSchema,
      response: resource.schema,
      handle: async ({ orgId, body }) => resource.show(await resource.create(orgId, body as z.output<P>)),
    }),
    route({
      ...shared,
      method: 'POST',
      path: `${path}/update`,
      operationId: `update_${noun}`,
      summary: `Change a ${title}; what is left out stays`,
      query: idQuery,
      body: resource.updateSchema,
      response: resource.schema,
      handle: async ({ orgId, query, body }) =>
        resource.show(known(await resource.update(orgId, query.id, body as z.output<U>))),
    }),
  ];
}
