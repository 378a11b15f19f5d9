import type { Readable } from 'node:stream';
import type { output, ZodType } from 'zod';
import type { ApiKey } from '../../domain/orgs/org.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** What a handler gets: everything parsed, and the org that the key belongs to. */
export interface RouteRequest<P, Q, B> {
  orgId: string;
  key: ApiKey;
  params: P;
  query: Q;
  body: B;
  /** A header of the request, by its name in lower case. */
  header(name: string): string | undefined;
}

/** One operation as data: the listener mounts it, the OpenAPI document prints it, tests walk over it. */
export interface Route<P = unknown, Q = unknown, B = unknown> {
  method: Method;
  /** In Fastify's form, such as `/phone-number/:id`, without the dialect's prefix. */
  path: string;
  /** Further paths that answer the same; the OpenAPI document leaves them out. */
  aliases?: readonly string[];
  operationId: string;
  summary: string;
  tag: string;
  params?: ZodType<P>;
  query?: ZodType<Q>;
  body?: ZodType<B>;
  /** The handler checks the body itself since its schema depends on what is stored; `body` only documents it. */
  bodyCheckedLate?: boolean;
  /** Status of success. */
  status: number;
  /** Unset where the reply is not JSON; without `media` either it has no body. */
  response?: ZodType;
  /** Media type of a reply that is not JSON. */
  media?: string;
  handle(request: RouteRequest<P, Q, B>): Promise<unknown>;
}

/** Types a route's handler from its schemas, then forgets them, so that routes of all kinds fit one table. */
export function route<
  P extends ZodType | undefined = undefined,
  Q extends ZodType | undefined = undefined,
  B extends ZodType | undefined = undefined,
>(
  definition: Omit<Route, 'params' | 'query' | 'body' | 'handle'> & {
    params?: P;
    query?: Q;
    body?: B;
    handle(request: RouteRequest<OutputOf<P>, OutputOf<Q>, OutputOf<B>>): Promise<unknown>;
  },
): Route {
  return definition as unknown as Route;
}

type OutputOf<S> = S extends ZodType ? output<S> : undefined;

/** A reply that is a stream of bytes of known length instead of JSON. */
export class FileReply {
  readonly stream: Readable;
  readonly media: string;
  readonly bytes: number;

  constructor(stream: Readable, media: string, bytes: number) {
    this.stream = stream;
    this.media = media;
    this.bytes = bytes;
  }
}

/** A reply of server-sent events that goes on; undefined tells the client not to come back (204). */
export class EventStreamReply {
  readonly stream: Readable | undefined;

  constructor(stream: Readable | undefined) {
    this.stream = stream;
  }
}
