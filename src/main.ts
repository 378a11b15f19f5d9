import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createHttpServer, type HttpServer } from './api/http-server.ts';
import { describeConfig } from './config/load-config.ts';
import { portError } from './config/port-error.ts';
import type { Settings } from './config/settings.ts';
import { readTlsFiles, readTrustedAuthorities } from './config/tls-files.ts';
import { withVendorKeys } from './domain/credentials/vendor-keys.ts';
import type { TrunkReports } from './domain/trunks/trunk-report.ts';
import { Exchange } from './flow/exchange.ts';
import { DEMO_USER, firstStart } from './flow/first-start.ts';
import { LiveCalls } from './flow/live/live-calls.ts';
import { closeOpenCalls } from './flow/session/close-open-calls.ts';
import { systemClock, type Timer } from './lib/clock.ts';
import type { Emitter } from './lib/emitter.ts';
import type { Logger } from './lib/logger.ts';
import { bracketed, ownAddress, reachable } from './main/addresses.ts';
import { customerServers } from './main/customer-servers.ts';
import { Signalling } from './main/signalling.ts';
import { createMediaPool } from './media/media-pool.ts';
import { salvageRecording } from './media/recording/salvage-recording.ts';
import { Health } from './observability/health.ts';
import { createLogger } from './observability/logger.ts';
import { createMetrics, type Metrics } from './observability/metrics.ts';
import { observeTrunks } from './observability/trunk-metrics.ts';
import type { UserAgent } from './sip/index.ts';
import { claimDataDir } from './storage/data-dir-lock.ts';
import { nodeIdOf } from './storage/node-id.ts';
import { openStorage, type Storage } from './storage/open-storage.ts';
import { createVoiceHouse, type VoiceHouse } from './voice/voice-house.ts';
import type { GuardedFetch } from './webhooks/egress/guarded-fetch.ts';

const VERSION = '0.1.0';
const RECORDINGS = 'recordings';
/** A SIP URI without a port means this one (RFC 3261 section 19.1.2). */
const SIP_DEFAULT_PORT = 5060;
/** What the farewells and the last records may take after the drain time. */
const RECORDS_LIMIT_MS = 15_000;
/** What requests to customers' servers that are under way may take at the end; what is left waits in the store. */
const LAST_DELIVERIES_MS = 3_000;

/** A running exchange. */
export interface Offhook {
  readonly httpUrl: string;
  readonly sipHost: string;
  readonly sipPort: number;
  /** Undefined where SIP over TLS is off. */
  readonly sipsPort: number | undefined;
  /** Clear text of the key that the first start made. */
  readonly madeKey: string | undefined;
  readonly demoUri: string | undefined;
  readonly store: string;
  readonly hears: string;
  readonly thinks: string;
  readonly speaks: string;
  readonly activeCalls: number;
  /** Milliseconds from an INVITE to the decision who answers it, of each call. */
  readonly routed: Emitter<number>;
  /**
   * No new calls; those in progress end by themselves or, after the drain time, with a farewell.
   * @throws {RecordsUnwrittenError} when the store stays away; the process should end then, whatever is still open.
   */
  stop(): Promise<void>;
}

/** Calls have ended, but their records could not be written: the next start on the same store completes them. */
export class RecordsUnwrittenError extends Error {
  constructor(calls: number) {
    super(
      `the end of ${calls} call${calls > 1 ? 's' : ''} could not be stored; the next start closes what is open`,
    );
    this.name = 'RecordsUnwrittenError';
  }
}

/**
 * Builds everything and wires it, from the store upwards.
 * @throws the first error that keeps the exchange from starting, after closing what was open by then.
 */
export async function startOffhook(settings: Settings): Promise<Offhook> {
  const logger = createLogger(settings.OFFHOOK_LOG_LEVEL);
  await using opened = new AsyncDisposableStack();
  const running = await build(settings, logger, opened);
  const closing = opened.move();
  return {
    ...running.facts,
    routed: running.exchange.routed,
    get activeCalls() {
      return running.exchange.activeCount;
    },
    async stop() {
      running.health.beginDraining();
      logger.info({ calls: running.exchange.activeCount }, 'draining');
      const left = await drained(running.exchange, settings.OFFHOOK_DRAIN_MS);
      if (left > 0) throw new RecordsUnwrittenError(left);
      await closing.disposeAsync();
      logger.info({}, 'stopped');
    },
  };
}

/** Drains, but waits for a store that fails no longer than {@link RECORDS_LIMIT_MS}. @returns the calls that are left. */
async function drained(exchange: Exchange, limitMs: number): Promise<number> {
  let timer: Timer | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = systemClock.setTimeout(resolve, limitMs + RECORDS_LIMIT_MS);
  });
  await Promise.race([exchange.drain(limitMs), limit]);
  systemClock.clearTimeout(timer);
  return exchange.activeCount;
}

async function build(settings: Settings, logger: Logger, opened: AsyncDisposableStack) {
  logger.info({ version: VERSION, settings: describeConfig(settings) }, 'starting');
  const tls = readTlsFiles(settings);
  if (tls && Date.parse(tls.certificate.validTo) < systemClock.now())
    logger.warn(
      { validTo: tls.certificate.validTo },
      'the TLS certificate has expired: callers will refuse it',
    );
  const ca = readTrustedAuthorities(settings);
  const health = new Health();
  const metrics = createMetrics();
  const dataDir = resolve(settings.OFFHOOK_DATA_DIR);
  const recordingsDir = join(dataDir, RECORDINGS);
  const storage = await store(settings, logger);
  opened.defer(() => storage.close());
  await mkdir(recordingsDir, { recursive: true, mode: 0o700 });
  const nodeId = await nodeIdOf(dataDir);
  opened.defer(await claimDataDir(dataDir, nodeId));
  let publicUrl = '';
  const servers = customerServers({ storage, settings, nodeId, logger }, () => publicUrl);
  opened.defer(() => servers.close());
  const voice = await house(settings, servers.fetch, logger);
  opened.defer(() => voice.close());
  const media = createMediaPool({
    ports: settings.OFFHOOK_RTP_PORTS,
    logger,
    ...(settings.OFFHOOK_MEDIA_WORKERS && { workers: settings.OFFHOOK_MEDIA_WORKERS }),
  });
  opened.defer(() => media.close());
  const sipDomain =
    settings.OFFHOOK_SIP_DOMAIN ?? settings.OFFHOOK_PUBLIC_HOST ?? ownAddress(settings.OFFHOOK_BIND);
  const parts = {
    settings,
    tls,
    ca,
    storage,
    media,
    health,
    metrics,
    sipDomain,
    nodeId,
    recordingsDir,
    logger,
  };
  const signalling = new Signalling(parts);
  const live = new LiveCalls();
  const exchange = new Exchange({
    directory: {
      agents: storage.agents,
      squads: storage.squads,
      tools: storage.tools,
      parts: storage.parts,
      scenarios: storage.scenarios,
      withVendorKeys: (agent) => withVendorKeys(agent, storage.credentials, servers.vendorToken),
    },
    orgs: storage.orgs,
    calls: storage.calls,
    voice: (agent, warn) => voice.partsFor(agent, warn),
    serverMessages: servers.messages,
    knowledge: storage.knowledge,
    fetch: servers.fetch,
    audio: servers.audio,
    dialer: signalling.dialer,
    credentials: storage.credentials,
    numbers: storage.numbers,
    orders: storage.outboundOrders,
    live,
    nodeId,
    recordingsDir,
    ringDelayMs: settings.OFFHOOK_RING_DELAY_MS,
    ringLimitMs: settings.OFFHOOK_RING_LIMIT_MS,
    clock: systemClock,
    logger,
  });
  measure(exchange, metrics);
  observeTrunks(metrics.registry, () => signalling.trunks.reports());
  const http = serveHttp({
    ...parts,
    live,
    outbound: exchange,
    trunkReports: signalling.trunks,
    voice,
    publicUrl: () => publicUrl,
  });
  opened.defer(() => http.close());
  const httpUrl = await listen(http, settings);
  publicUrl = settings.OFFHOOK_PUBLIC_URL?.replace(/\/+$/, '') ?? httpUrl;
  // Also of a start that fails: what watches the load would keep the process.
  opened.defer(() => signalling.close());
  const sip = await signalling.start(exchange);
  // The ports are ours, so the start will succeed: a key that is made now is also shown, and calls that are
  // open in the store are the last process's own.
  const { madeKey } = await firstStart({
    orgs: storage.orgs,
    agents: storage.agents,
    numbers: storage.numbers,
    apiKey: settings.OFFHOOK_API_KEY,
    sipDomain,
    clock: systemClock,
  });
  const closed = await closeOpenCalls({
    ...storage,
    serverMessages: servers.messages,
    nodeId,
    clock: systemClock,
    recordingOf: (file) => salvageRecording(join(recordingsDir, file)),
  });
  if (closed > 0)
    logger.warn({ calls: closed }, 'calls that were up when the exchange last stopped have been ended');
  await servers.outbox.start();
  opened.defer(() => servers.outbox.stop(LAST_DELIVERIES_MS));
  voice.warm();
  health.becomeReady();
  // What became due while the exchange was down is dialled at once, which it does when it is ready.
  await exchange.schedule.start();
  opened.defer(() => exchange.schedule.stop());
  const facts = {
    httpUrl,
    ...(await signallingFacts(settings, storage, sip, tls !== undefined)),
    madeKey,
    store: storage.engine === 'sqlite' ? `SQLite in ${dataDir}` : 'PostgreSQL',
    ...voice.facts,
  };
  return { exchange, health, facts };
}

interface HttpParts {
  settings: Settings;
  storage: Storage;
  health: Health;
  metrics: Metrics;
  live: LiveCalls;
  trunkReports: TrunkReports;
  outbound: Exchange;
  voice: Pick<VoiceHouse, 'hasKey'>;
  sipDomain: string;
  recordingsDir: string;
  publicUrl: () => string;
  logger: Logger;
}

/** The HTTP port, once it listens; until the exchange is ready, `/health` says so. */
function serveHttp(parts: HttpParts): HttpServer {
  const {
    settings,
    storage,
    health,
    metrics,
    live,
    outbound,
    trunkReports,
    voice,
    sipDomain,
    recordingsDir,
    publicUrl,
    logger,
  } = parts;
  return createHttpServer({
    repositories: storage,
    live,
    outbound,
    trunkReports,
    clock: systemClock,
    logger,
    version: VERSION,
    sipDomain: () => sipDomain,
    publicUrl,
    recordingsDir,
    hasVendorKey: (provider) => voice.hasKey(provider),
    health: () => health.state,
    metrics: () => metrics.registry.metrics(),
    trustedProxies: settings.OFFHOOK_TRUSTED_PROXIES,
  });
}

/** @returns the URL on this machine. */
async function listen(http: HttpServer, settings: Settings): Promise<string> {
  const { OFFHOOK_BIND: host, OFFHOOK_HTTP_PORT: port } = settings;
  const httpPort = await http.listen({ host, port }).catch((error: unknown) => {
    throw portError(error, { host, port, setting: 'OFFHOOK_HTTP_PORT' });
  });
  return `http://${bracketed(reachable(host))}:${httpPort}`;
}

async function signallingFacts(settings: Settings, storage: Storage, sip: UserAgent, withTls: boolean) {
  const sipHost = reachable(settings.OFFHOOK_BIND);
  const demo = await storage.numbers.findBySipUser(DEMO_USER);
  const port = sip.udpPort === SIP_DEFAULT_PORT ? '' : `:${sip.udpPort}`;
  return {
    sipHost,
    sipPort: sip.udpPort,
    sipsPort: withTls ? sip.tlsPort : undefined,
    demoUri: demo?.privateCallersOnly ? `sip:${DEMO_USER}@${bracketed(sipHost)}${port}` : undefined,
  };
}

function store(settings: Settings, logger: Logger): Promise<Storage> {
  return openStorage({
    dataDir: settings.OFFHOOK_DATA_DIR,
    databaseUrl: settings.OFFHOOK_DATABASE_URL?.reveal(),
    secretKey: settings.OFFHOOK_SECRET_KEY?.reveal(),
    clock: systemClock,
    logger,
  });
}

function house(settings: Settings, fetch: GuardedFetch, logger: Logger): Promise<VoiceHouse> {
  return createVoiceHouse({
    fetch,
    environment: process.env,
    hearingProcesses: settings.OFFHOOK_HEARING_PROCESSES,
    useLocalModel: settings.OFFHOOK_LOCAL_LLM === 'auto',
    logger,
  });
}

function measure(exchange: Exchange, metrics: Metrics): void {
  exchange.ended.on(({ endReason, blame }) => {
    metrics.callsTotal.inc({ reason: endReason ?? 'unknown', blame: blame ?? 'unknown' });
  });
  exchange.turns.on((latencyMs) => metrics.answerLatency.observe(latencyMs / 1000));
  exchange.routed.on((ms) => metrics.routeLatency.observe(ms / 1000));
  metrics.observeActiveCalls(() => exchange.activeCount);
}
