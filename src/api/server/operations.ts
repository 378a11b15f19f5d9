import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isPrivateOrLoopback } from '../../lib/ip-address.ts';
import type { Dialect } from './dialect.ts';
import type { KeyRing } from './key-ring.ts';
import { RETRY_AFTER_SECONDS } from './limits.ts';
import { openApiDocument } from './open-api.ts';

/** Content type of Prometheus' text format. */
const METRICS_MEDIA = 'text/plain; version=0.0.4; charset=utf-8';

export type Readiness = 'starting' | 'ready' | 'draining';

export interface OperationsOptions {
  keys: KeyRing;
  health(): Readiness;
  /** All figures in Prometheus' text format; unset where nothing is measured. */
  metrics?: () => Promise<string>;
}

/** Routes for those who run the exchange: `/health` for anyone, `/metrics` for the own network or a key. */
export function mountOperations(app: FastifyInstance, options: OperationsOptions): void {
  app.get('/health', async (_request, reply) => {
    const state = options.health();
    reply.header('cache-control', 'no-store').type('application/json; charset=utf-8');
    if (state === 'ready') return reply.send('{"status":"ok"}');
    return reply
      .code(503)
      .header('retry-after', RETRY_AFTER_SECONDS)
      .send(JSON.stringify({ status: state }));
  });
  const { metrics } = options;
  if (!metrics) return;
  app.get('/metrics', async (request, reply) => {
    if (!isNeighbour(request)) {
      await options.keys.authenticate(request.headers.authorization);
    }
    return reply.type(METRICS_MEDIA).send(await metrics());
  });
}

/**
 * Whether a request comes from this machine or its network. Behind a proxy that is not trusted every stranger
 * has the proxy's private address, so a forwarded request counts only where its proxy is known.
 */
function isNeighbour(request: FastifyRequest): boolean {
  const forwarded = request.headers['x-forwarded-for'] ?? request.headers.forwarded;
  // Only a trusted proxy adds a second address to the chain.
  if (forwarded !== undefined && (request.ips ?? []).length < 2) return false;
  return isPrivateOrLoopback(request.ip);
}

/** Serves the OpenAPI document of each dialect to anyone; it holds nothing of any org. */
export function mountDocuments(app: FastifyInstance, dialects: readonly Dialect[], version: string): void {
  for (const dialect of dialects) {
    const document = JSON.stringify(openApiDocument(dialect, version));
    app.get(`/${dialect.name}/openapi.json`, (_request, reply) =>
      reply.type('application/json; charset=utf-8').send(document),
    );
  }
}
