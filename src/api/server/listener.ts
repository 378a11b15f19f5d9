import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { ApiKey } from '../../domain/orgs/org.ts';
import type { Logger } from '../../lib/logger.ts';
import { type Dialect, dialectFor } from './dialect.ts';
import { checked, type Failure, failureOf, type RequestPlace } from './failure.ts';
import { parseJsonBody, refuseText } from './json-body.ts';
import type { KeyRing } from './key-ring.ts';
import {
  KEEP_ALIVE_TIMEOUT_MS,
  MAX_BODY_BYTES,
  MAX_PARAMETER_LENGTH,
  REQUEST_TIMEOUT_MS,
  RETRY_AFTER_SECONDS,
} from './limits.ts';
import { EventStreamReply, FileReply, type Route } from './route.ts';
import { chosenRoute, type RoutePlace, routeTable } from './route-table.ts';

export interface ListenerOptions {
  dialects: readonly Dialect[];
  keys: KeyRing;
  logger: Logger;
  /** Addresses or networks whose X-Forwarded headers are believed. */
  trustedProxies: readonly string[];
  /** Which requests to upgrade are granted, by a listener for the server's `upgrade`; the others are served as they are. */
  mayUpgrade(request: IncomingMessage): boolean;
}

/** Builds the HTTP application: every route of every dialect under every prefix it stands at. Nothing listens yet. */
export function createListener(options: ListenerOptions): FastifyInstance {
  const answer = failureReply(options);
  const app = Fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    http: { shouldUpgradeCallback: options.mayUpgrade },
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    ...(options.trustedProxies.length > 0 && { trustProxy: [...options.trustedProxies] }),
    frameworkErrors: (error, request, reply) => void answer(error, request, reply),
    clientErrorHandler: (error, socket) => refuseUnreadable(error, socket, options.dialects),
  });
  const streams = new Set<Readable>();
  // The streams would hold a shutdown up for ever.
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.destroy();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseJsonBody(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  app.setErrorHandler(answer);
  app.setNotFoundHandler((request, reply) => {
    const failure: Failure = { kind: 'route-unknown', method: request.method, path: pathOf(request) };
    return render(failure, request, reply, options.dialects);
  });
  for (const place of routeTable(options.dialects)) mountPlace(app, place, options.keys, streams);
  return app;
}

function mountPlace(app: FastifyInstance, place: RoutePlace, keys: KeyRing, streams: Set<Readable>): void {
  app.route({
    method: place.method,
    url: place.url,
    // The HEAD of an endless reply would hold its stream.
    ...(isEndless(place) && { exposeHeadRoute: false }),
    // Before the body is read: a stranger's megabyte is not even received.
    onRequest: async (request) => {
      const key = await keys.authenticate(request.headers.authorization);
      const chosen = chosenRoute(place, key.dialect);
      if (chosen) admissions.set(request, { key, ...chosen });
    },
    handler: async (request, reply) => {
      const admission = admissions.get(request);
      if (!admission) return reply.callNotFound();
      const { key, route } = admission;
      const params = parsed(route.params, textsOf(request.params), 'path');
      const query = parsed(route.query, textsOf(request.query), 'query');
      const raw = request.body ?? {};
      const body = route.bodyCheckedLate ? raw : parsed(route.body, raw, 'body');
      const header = (name: string) => [request.headers[name]].flat()[0];
      const result = await route.handle({ orgId: key.orgId, key, params, query, body, header });
      if (result instanceof EventStreamReply) return sendEvents(result, reply, streams);
      reply.code(route.status);
      if (result instanceof FileReply) {
        return reply
          .header('content-length', result.bytes)
          .header('cache-control', 'private, no-store')
          .type(result.media)
          .send(result.stream);
      }
      if (!route.response) return reply.send();
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(result));
    },
  });
}

function isEndless({ open, keyed }: RoutePlace): boolean {
  const all = open ? [open, ...keyed.values()] : [...keyed.values()];
  return all.some(({ route }) => route.media === 'text/event-stream');
}

function sendEvents({ stream }: EventStreamReply, reply: FastifyReply, streams: Set<Readable>): FastifyReply {
  if (!stream) return reply.code(204).send();
  streams.add(stream);
  stream.once('close', () => streams.delete(stream));
  return reply
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no') // nginx would gather the events
    .type('text/event-stream; charset=utf-8')
    .send(stream);
}

/** Whose key a request carries, and what answers it. */
const admissions = new WeakMap<FastifyRequest, { key: ApiKey; dialect: Dialect; route: Route }>();

function parsed(schema: Route['body'], value: unknown, place: RequestPlace): unknown {
  return schema && checked(schema, value, place);
}

/** The parser of query strings makes objects without a prototype; schemas want plain ones. */
function textsOf(values: unknown): Record<string, unknown> {
  const entries = Object.entries((values ?? {}) as Record<string, unknown>);
  for (const [name, value] of entries) {
    refuseText(name);
    for (const text of Array.isArray(value) ? value : [value]) if (typeof text === 'string') refuseText(text);
  }
  return Object.fromEntries(entries);
}

function failureReply({ dialects, logger }: ListenerOptions) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const context = logger.child({ method: request.method, path: pathOf(request) });
    return render(failureOf(error, context), request, reply, dialects);
  };
}

function render(
  failure: Failure,
  request: FastifyRequest,
  reply: FastifyReply,
  dialects: readonly Dialect[],
): FastifyReply {
  const { status, body } = renderIn(
    admissions.get(request)?.dialect ?? dialectFor(pathOf(request), dialects),
    failure,
  );
  if (status === 401 || failure.kind === 'unauthorized') reply.header('www-authenticate', 'Bearer');
  if (status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body));
}

function renderIn(dialect: Dialect | undefined, failure: Failure): { status: number; body: unknown } {
  if (!dialect) throw new Error('no dialect answers for the root');
  return dialect.renderFailure(failure);
}

function pathOf(request: FastifyRequest): string {
  const query = request.url.indexOf('?');
  return query === -1 ? request.url : request.url.slice(0, query);
}

/** Status lines of requests that Node could not read at all, by its error code. */
const UNREADABLE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function refuseUnreadable(
  error: Error & { code?: string },
  socket: Socket,
  dialects: readonly Dialect[],
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const line = UNREADABLE[error.code ?? ''] ?? '400 Bad Request';
  const failure: Failure = { kind: 'error', code: 'request-invalid', message: line.slice(4) };
  const body = JSON.stringify(renderIn(dialectFor('/', dialects), failure).body);
  socket.end(
    `HTTP/1.1 ${line}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
