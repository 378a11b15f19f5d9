import type * as z from 'zod';
import type { ListQuery, Page } from '../../domain/page.ts';
import { pageQuery, shownPage } from '../server/pages.ts';
import { type Route, route } from '../server/route.ts';
import { known } from './errors.ts';
import { idQuery } from './fields.ts';

/** A kind of object that the API reads, lists, makes, changes and removes; all kinds do it at the same paths. */
export interface Resource<T, C extends z.ZodType, U extends z.ZodType> {
  /** In the singular, as in `account_connection`. */
  noun: string;
  createSchema: C;
  updateSchema: U;
  schema: z.ZodType;
  pageSchema: z.ZodType;
  get(orgId: string, id: string): Promise<T | undefined>;
  page(orgId: string, query: ListQuery): Promise<Page<T>>;
  create(orgId: string, body: z.output<C>): Promise<T>;
  /** @returns undefined when the org has no such object. */
  update(orgId: string, id: string, body: z.output<U>): Promise<T | undefined>;
  /** Unset where the vendor has no route for it. */
  remove?(orgId: string, id: string): Promise<T | undefined>;
  show(value: T): unknown;
}

export function resourceRoutes<T, C extends z.ZodType, U extends z.ZodType>(
  resource: Resource<T, C, U>,
): Route[] {
  const { noun } = resource;
  const path = `/v1/${noun}s`;
  const words = noun.split('_').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  const title = words.join(' ');
  const name = words.join('');
  const operationId = (verb: string, suffix = '') => `${name}Controller_${verb}${name}${suffix}`;
  const tag = `${title}s`;
  const routes = [
    route({
      method: 'GET',
      path,
      operationId: operationId('get'),
      summary: `Get ${title}`,
      tag,
      query: idQuery,
      status: 200,
      response: resource.schema,
      handle: async ({ orgId, query: { id } }) =>
        resource.show(known(await resource.get(orgId, id), title, id)),
    }),
    route({
      method: 'GET',
      path: `${path}/list`,
      operationId: operationId('list', 's'),
      summary: `List ${title}s`,
      tag,
      query: pageQuery,
      status: 200,
      response: resource.pageSchema,
      handle: ({ orgId, query }) => shownPage(query, (slice) => resource.page(orgId, slice), resource.show),
    }),
    route({
      method: 'POST',
      path: `${path}/create`,
      operationId: operationId('create'),
      summary: `Create ${title}`,
      tag,
      body: resource.createSchema,
      status: 201,
      response: resource.schema,
      handle: async ({ orgId, body }) => resource.show(await resource.create(orgId, body as z.output<C>)),
    }),
    route({
      method: 'POST',
      path: `${path}/update`,
      operationId: operationId('update'),
      summary: `Update ${title}: what is left out stays, null unsets`,
      tag,
      query: idQuery,
      body: resource.updateSchema,
      status: 201,
      response: resource.schema,
      handle: async ({ orgId, query: { id }, body }) =>
        resource.show(known(await resource.update(orgId, id, body as z.output<U>), title, id)),
    }),
  ];
  const { remove } = resource;
  if (!remove) return routes;
  const removing = route({
    method: 'DELETE',
    path: `${path}/delete`,
    operationId: operationId('delete'),
    summary: `Delete ${title}`,
    tag,
    query: idQuery,
    status: 200,
    response: resource.schema,
    handle: async ({ orgId, query: { id } }) => resource.show(known(await remove(orgId, id), title, id)),
  });
  return [...routes, removing];
}
