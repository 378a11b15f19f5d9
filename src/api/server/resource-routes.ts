import type * as z from 'zod';
import type { ListQuery, Page } from '../../domain/page.ts';
import { type PageQuery, pageQuery } from './pages.ts';
import { type Route, route } from './route.ts';

export type ResourceVerb = 'get' | 'list' | 'create' | 'update' | 'delete';

/** A kind of object that is read, listed, made, changed and maybe removed, its id being in the query. */
export interface Resource<T, C extends z.ZodType, U extends z.ZodType, I = T> {
  createSchema: C;
  updateSchema: U;
  /** The whole object. */
  schema: z.ZodType;
  get(orgId: string, id: string): Promise<T | undefined>;
  page(orgId: string, query: ListQuery): Promise<Page<I>>;
  create(orgId: string, body: z.output<C>): Promise<T>;
  /** @returns undefined when the org has no such object. */
  update(orgId: string, id: string, body: z.output<U>): Promise<T | undefined>;
  /** Unset where the vendor has no route for it. */
  remove?(orgId: string, id: string): Promise<T | undefined>;
  show(value: T): unknown;
}

/** What a dialect makes of such a kind. */
export interface ResourceStyle<I> {
  /** As in `/v1/webhooks`. */
  path: string;
  /** Further paths of the single object. */
  aliases?: readonly string[];
  tag: string;
  operationId(verb: ResourceVerb): string;
  summary(verb: ResourceVerb): string;
  idQuery: z.ZodType<{ id: string }>;
  /** Status of what was made or changed. */
  writtenStatus: number;
  listSchema: z.ZodType;
  list(query: PageQuery, read: (slice: ListQuery) => Promise<Page<I>>): Promise<unknown>;
  /** @throws {ExchangeError} 404 when there is none. */
  known<T>(value: T | undefined, id: string): T;
}

/** The routes of a kind of objects: all kinds have the same, at the same paths. */
export function resourceRoutes<T, C extends z.ZodType, U extends z.ZodType, I = T>(
  resource: Resource<T, C, U, I>,
  style: ResourceStyle<I>,
): Route[] {
  const { path, tag, idQuery, known } = style;
  const { remove } = resource;
  const named = (verb: ResourceVerb) => ({
    operationId: style.operationId(verb),
    summary: style.summary(verb),
    tag,
  });
  const one = { query: idQuery, response: resource.schema };
  const shown = async (id: string, value: Promise<T | undefined>) => resource.show(known(await value, id));
  return [
    route({
      ...named('get'),
      ...one,
      method: 'GET',
      path,
      ...(style.aliases && { aliases: style.aliases }),
      status: 200,
      handle: ({ orgId, query: { id } }) => shown(id, resource.get(orgId, id)),
    }),
    route({
      ...named('list'),
      method: 'GET',
      path: `${path}/list`,
      query: pageQuery,
      status: 200,
      response: style.listSchema,
      handle: ({ orgId, query }) => style.list(query, (slice) => resource.page(orgId, slice)),
    }),
    route({
      ...named('create'),
      method: 'POST',
      path: `${path}/create`,
      body: resource.createSchema,
      status: style.writtenStatus,
      response: resource.schema,
      handle: async ({ orgId, body }) => resource.show(await resource.create(orgId, body as z.output<C>)),
    }),
    route({
      ...named('update'),
      ...one,
      method: 'POST',
      path: `${path}/update`,
      body: resource.updateSchema,
      status: style.writtenStatus,
      handle: ({ orgId, query: { id }, body }) => shown(id, resource.update(orgId, id, body as z.output<U>)),
    }),
    ...(remove
      ? [
          route({
            ...named('delete'),
            ...one,
            method: 'DELETE',
            path: `${path}/delete`,
            status: 200,
            handle: ({ orgId, query: { id } }) => shown(id, remove(orgId, id)),
          }),
        ]
      : []),
  ];
}
