import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { AgentRepository } from '../domain/agents/agent-repository.ts';
import type { CallRepository } from '../domain/calls/call-repository.ts';
import type { CredentialRepository } from '../domain/credentials/credential-repository.ts';
import type { DeliveryRepository } from '../domain/deliveries/delivery-repository.ts';
import type { KnowledgeRepository, ScenarioRepository } from '../domain/knowledge/knowledge-repository.ts';
import type { NumberRepository } from '../domain/numbers/number-repository.ts';
import type { StoredDestinationRepository } from '../domain/numbers/stored-destination-repository.ts';
import type { DialUsageRepository } from '../domain/orgs/dial-usage-repository.ts';
import type { OrgRepository } from '../domain/orgs/org-repository.ts';
import type { PartRepository } from '../domain/parts/part-repository.ts';
import type { SquadRepository } from '../domain/squads/squad-repository.ts';
import type { ToolRepository } from '../domain/tools/tool-repository.ts';
import type { TrunkReports } from '../domain/trunks/trunk-report.ts';
import type { LiveCalls } from '../flow/live/live-calls.ts';
import type { OutboundCalls } from '../flow/outbound/outbound-calls.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { adminDialect } from './admin/dialect.ts';
import { fluentsDialect } from './fluents/dialect.ts';
import { isListenUpgrade } from './live/listen-upgrade.ts';
import { mountLive } from './live/mount-live.ts';
import { opencxDialect } from './opencx/dialect.ts';
import type { Dialect } from './server/dialect.ts';
import { KeyRing } from './server/key-ring.ts';
import { createListener } from './server/listener.ts';
import { mountDocuments, mountOperations, type Readiness } from './server/operations.ts';
import { vapiDialect } from './vapi/dialect.ts';
import { vocodeDialects } from './vocode/dialect.ts';

export interface HttpServerOptions {
  repositories: {
    numbers: NumberRepository;
    agents: AgentRepository;
    credentials: CredentialRepository;
    calls: CallRepository;
    orgs: OrgRepository;
    dialUsage: DialUsageRepository;
    squads: SquadRepository;
    tools: ToolRepository;
    destinations: StoredDestinationRepository;
    deliveries: DeliveryRepository;
    knowledge: KnowledgeRepository;
    scenarios: ScenarioRepository;
    parts: PartRepository;
  };
  /** The calls that are up, to be listened to, steered and watched. */
  live: LiveCalls;
  /** How the trunks do. */
  trunkReports: TrunkReports;
  /** Places the calls that are ordered. */
  outbound: OutboundCalls;
  clock: Clock;
  logger: Logger;
  /** Version of the exchange, for the OpenAPI documents. */
  version: string;
  /** Host of the SIP URIs that the exchange makes; asked anew each time. */
  sipDomain(): string;
  /** Base of the URLs handed out, without a slash at its end; asked anew each time. */
  publicUrl(): string;
  /** Folder that holds the recordings' files. */
  recordingsDir: string;
  /** Whether the operator gave a key of this vendor, for every org; unset where he gave none. */
  hasVendorKey?: (provider: string) => boolean;
  health(): Readiness;
  /** All figures in Prometheus' text format; unset where nothing is measured. */
  metrics?: () => Promise<string>;
  /** Addresses or networks whose X-Forwarded headers are believed. */
  trustedProxies?: readonly string[];
}

export interface HttpServer {
  app: FastifyInstance;
  dialects: readonly Dialect[];
  /** @returns the bound port. @throws the socket's error, such as EADDRINUSE. */
  listen(where: { host: string; port: number }): Promise<number>;
  /** Takes no more connections and waits for the requests in progress. */
  close(): Promise<void>;
}

/** The whole HTTP face of the exchange: every dialect, health, metrics and the OpenAPI documents. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { repositories, live, outbound, clock, logger, metrics, trustedProxies = [] } = options;
  const keys = new KeyRing(repositories.orgs, clock);
  const { sipDomain, publicUrl, recordingsDir, trunkReports, hasVendorKey = () => false } = options;
  const dialects = [
    vapiDialect({ ...repositories, outbound, clock, logger, sipDomain, publicUrl, recordingsDir }),
    opencxDialect({ ...repositories, outbound, clock, sipDomain, hasVendorKey }),
    ...vocodeDialects({ ...repositories, live, outbound, clock, recordingsDir }),
    fluentsDialect({ ...repositories, live, outbound, clock, recordingsDir }),
    adminDialect({ ...repositories, trunkReports, sipDomain, keys, live, clock, logger }),
  ];
  const app = createListener({ dialects, keys, logger, trustedProxies, mayUpgrade: isListenUpgrade });
  mountLive(app, { calls: live, keys, clock, logger });
  mountOperations(app, { keys, health: options.health, ...(metrics && { metrics }) });
  mountDocuments(app, dialects, options.version);
  return {
    app,
    dialects,
    async listen({ host, port }) {
      await app.listen({ host, port });
      return (app.server.address() as AddressInfo).port;
    },
    close: () => app.close(),
  };
}
