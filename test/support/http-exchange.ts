import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../src/api/http-server.ts';
import { createApiKey } from '../../src/domain/orgs/api-key.ts';
import { LiveCalls } from '../../src/flow/live/live-calls.ts';
import { FakeClock } from '../../src/lib/fake-clock.ts';
import { newId } from '../../src/lib/ids.ts';
import { type Logger, silentLogger } from '../../src/lib/logger.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import { TrunkRegistry } from '../../src/telephony/sip/trunk-registry.ts';
import { FakeOutboundCalls } from './fake-outbound-calls.ts';

/** The HTTP face of an exchange over a store in memory, with two orgs that must not see each other. */
export interface HttpExchange {
  server: HttpServer;
  storage: Storage;
  live: LiveCalls;
  outbound: FakeOutboundCalls;
  clock: FakeClock;
  orgId: string;
  key: string;
  otherOrgId: string;
  otherKey: string;
  inject(
    method: string,
    url: string,
    body?: unknown,
    options?: { key?: string; headers?: Record<string, string> },
  ): Promise<{ status: number; body: unknown; headers: Record<string, unknown>; text: string }>;
  close(): Promise<void>;
}

export async function openHttpExchange(overrides: Partial<HttpServerOptions> = {}): Promise<HttpExchange> {
  const clock = new FakeClock();
  const logger = overrides.logger ?? silentLogger;
  const storage = await openStorage({
    dataDir: ':memory:',
    secretKey: 'c2VjcmV0LWtleS1mb3ItdGVzdHMtb25seS0zMmJ5dGU=',
    clock,
    logger,
  });
  const [orgId, key] = await makeOrg(storage, clock.now());
  const [otherOrgId, otherKey] = await makeOrg(storage, clock.now());
  const live = new LiveCalls();
  const outbound = new FakeOutboundCalls(storage.calls, clock);
  const server = createHttpServer({
    live,
    trunkReports: trunksOf(storage, clock, logger),
    outbound,
    repositories: storage,
    clock,
    logger,
    version: '0.0.0-test',
    sipDomain: () => 'sip.exchange.test',
    publicUrl: () => 'http://exchange.test',
    recordingsDir: '/nonexistent',
    health: () => 'ready',
    ...overrides,
  });
  return {
    server,
    storage,
    live,
    outbound,
    clock,
    orgId,
    key,
    otherOrgId,
    otherKey,
    async inject(method, url, body, options = {}) {
      const response = await server.app.inject({
        method: method as 'GET',
        url,
        headers: { authorization: `Bearer ${options.key ?? key}`, ...options.headers },
        ...(body !== undefined && { payload: body as object }),
      });
      const json = String(response.headers['content-type']).startsWith('application/json');
      return {
        status: response.statusCode,
        body: json ? response.json() : undefined,
        headers: response.headers,
        text: response.body,
      };
    },
    async close() {
      await server.close();
      await storage.close();
    },
  };
}

async function makeOrg(storage: Storage, now: number): Promise<[string, string]> {
  const orgId = newId(now);
  await storage.orgs.insertOrg({ id: orgId, name: 'Test', createdAt: now });
  const { key, hash, prefix } = createApiKey();
  await storage.orgs.insertKey({ id: newId(now), orgId, prefix, createdAt: now }, hash);
  return [orgId, key];
}

/** The trunks without a network: no gateway is ever heard of, and no account is registered. */
function trunksOf(storage: Storage, clock: FakeClock, logger: Logger): TrunkRegistry {
  const trunks = new TrunkRegistry({
    trunks: storage.trunks,
    numbers: storage.numbers,
    leases: storage.leases,
    nodeId: 'node',
    resolve: async () => [],
    ping: () => new Promise(() => {}),
    register: () => {
      throw new Error('there is no network');
    },
    clock,
    random: () => 0,
    logger,
  });
  storage.credentialChanged.on((id) => trunks.credentialChanged(id));
  return trunks;
}
