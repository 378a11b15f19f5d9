import { mkdir } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { createHttpServer } from './api/http-server.ts';
import { describeConfig } from './config/load-config.ts';
import { type Listening, portError } from './config/port-error.ts';
import type { Settings } from './config/settings.ts';
import { readTlsFiles, type TlsFiles } from './config/tls-files.ts';
import { Exchange } from './flow/exchange.ts';
import { DEMO_USER, firstStart } from './flow/first-start.ts';
import { LiveCalls } from './flow/live/live-calls.ts';
import { closeOpenCalls } from './flow/session/close-open-calls.ts';
import { systemClock, type Timer } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import { createMediaPool } from './media/media-pool.ts';
import type { MediaPool } from './media/media-session.ts';
import { recordingDurationMs } from './media/recording/recording-duration.ts';
import { Health } from './observability/health.ts';
import { createLogger } from './observability/logger.ts';
import { createMetrics, type Metrics } from './observability/metrics.ts';
import { DigestVerifier } from './sip/auth/digest-verifier.ts';
import { createUserAgent, type UserAgent } from './sip/index.ts';
import { claimDataDir } from './storage/data-dir-lock.ts';
import { nodeIdOf } from './storage/node-id.ts';
import { openStorage, type Storage } from './storage/open-storage.ts';
import { SipCarrier } from './telephony/sip/sip-carrier.ts';
import { SourceLimiter } from './telephony/sip/source-limiter.ts';
import { createVoiceHouse, type VoiceHouse } from './voice/voice-house.ts';
import { createGuardedFetch } from './webhooks/egress/guarded-fetch.ts';

const VERSION = '0.1.0';
const RECORDINGS = 'recordings';
/** A SIP URI without a port means this one (RFC 3261 section 19.1.2). */
const SIP_DEFAULT_PORT = 5060;
/** What the farewells and the last records may take after the drain time. */
const RECORDS_LIMIT_MS = 15_000;
const WILDCARDS = ['0.0.0.0', '::'];

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
  const health = new Health();
  const metrics = createMetrics();
  const dataDir = resolve(settings.OFFHOOK_DATA_DIR);
  const recordingsDir = join(dataDir, RECORDINGS);
  const storage = await store(settings, logger);
  opened.defer(() => storage.close());
  await mkdir(recordingsDir, { recursive: true, mode: 0o700 });
  const nodeId = await nodeIdOf(dataDir);
  opened.defer(await claimDataDir(dataDir, nodeId));
  const voice = await house(settings, logger);
  opened.defer(() => voice.close());
  const media = createMediaPool({
    ports: settings.OFFHOOK_RTP_PORTS,
    logger,
    ...(settings.OFFHOOK_MEDIA_WORKERS && { workers: settings.OFFHOOK_MEDIA_WORKERS }),
  });
  opened.defer(() => media.close());
  const exchange = new Exchange({
    agents: storage.agents,
    calls: storage.calls,
    voice: (agent, warn) => voice.partsFor(agent, warn),
    nodeId,
    recordingsDir,
    ringDelayMs: settings.OFFHOOK_RING_DELAY_MS,
    clock: systemClock,
    logger,
  });
  measure(exchange, metrics);
  const sipDomain =
    settings.OFFHOOK_SIP_DOMAIN ?? settings.OFFHOOK_PUBLIC_HOST ?? ownAddress(settings.OFFHOOK_BIND);
  const parts = {
    settings,
    tls,
    storage,
    media,
    exchange,
    health,
    metrics,
    sipDomain,
    recordingsDir,
    logger,
  };
  const httpUrl = await serveHttp(parts, opened);
  const sip = signalling(parts);
  opened.defer(() => sip.close());
  await sip.start().catch((error: unknown) => {
    throw portError(error, listening(settings, sipSettingOf(error, settings)));
  });
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
  const closed = await closeOpenCalls(storage.calls, nodeId, systemClock, (file) =>
    recordingDurationMs(join(recordingsDir, file)),
  );
  if (closed > 0)
    logger.warn({ calls: closed }, 'calls that were up when the exchange last stopped have been ended');
  voice.warm();
  health.becomeReady();
  const facts = {
    httpUrl,
    ...(await signallingFacts(parts, sip)),
    madeKey,
    store: storage.engine === 'sqlite' ? `SQLite in ${dataDir}` : 'PostgreSQL',
    ...voice.facts,
  };
  return { exchange, health, facts };
}

interface ExchangeParts {
  settings: Settings;
  tls: TlsFiles | undefined;
  storage: Storage;
  media: MediaPool;
  exchange: Exchange;
  health: Health;
  metrics: Metrics;
  sipDomain: string;
  recordingsDir: string;
  logger: Logger;
}

/** Opens the HTTP port; until the exchange is ready, `/health` says so. @returns the URL on this machine. */
async function serveHttp(parts: ExchangeParts, opened: AsyncDisposableStack): Promise<string> {
  const { settings, storage, health, metrics, sipDomain, recordingsDir, logger } = parts;
  let publicUrl = '';
  const http = createHttpServer({
    repositories: storage,
    live: new LiveCalls(),
    clock: systemClock,
    logger,
    version: VERSION,
    sipDomain: () => sipDomain,
    publicUrl: () => publicUrl,
    recordingsDir,
    health: () => health.state,
    metrics: () => metrics.registry.metrics(),
    trustedProxies: settings.OFFHOOK_TRUSTED_PROXIES,
  });
  opened.defer(() => http.close());
  const { OFFHOOK_BIND: host, OFFHOOK_HTTP_PORT: port } = settings;
  const httpPort = await http.listen({ host, port }).catch((error: unknown) => {
    throw portError(error, listening(settings, 'OFFHOOK_HTTP_PORT'));
  });
  const httpUrl = `http://${bracketed(reachable(host))}:${httpPort}`;
  publicUrl = settings.OFFHOOK_PUBLIC_URL?.replace(/\/+$/, '') ?? httpUrl;
  return httpUrl;
}

function listening(settings: Settings, setting: Listening['setting']): Listening {
  return { host: settings.OFFHOOK_BIND, port: settings[setting], setting };
}

/** Which of the SIP ports could not be opened. */
function sipSettingOf(error: unknown, { OFFHOOK_TLS_CERT: cert, OFFHOOK_SIPS_PORT: sips }: Settings) {
  const isSips = cert !== undefined && (error as { port?: number }).port === sips;
  return isSips ? 'OFFHOOK_SIPS_PORT' : 'OFFHOOK_SIP_PORT';
}

async function signallingFacts({ settings, storage, tls }: ExchangeParts, sip: UserAgent) {
  const sipHost = reachable(settings.OFFHOOK_BIND);
  const demo = await storage.numbers.findBySipUser(DEMO_USER);
  const port = sip.udpPort === SIP_DEFAULT_PORT ? '' : `:${sip.udpPort}`;
  return {
    sipHost,
    sipPort: sip.udpPort,
    sipsPort: tls && sip.tlsPort,
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

function house(settings: Settings, logger: Logger): Promise<VoiceHouse> {
  return createVoiceHouse({
    fetch: createGuardedFetch({ allow: settings.OFFHOOK_EGRESS_ALLOW, logger }),
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
  metrics.observeActiveCalls(() => exchange.activeCount);
}

/** The SIP stack and, behind it, our own listener as a carrier. */
function signalling({
  settings,
  tls,
  storage,
  media,
  exchange,
  health,
  metrics,
  sipDomain,
  logger,
}: ExchangeParts): UserAgent {
  const carrier = new SipCarrier({
    numbers: storage.numbers,
    media,
    digest: new DigestVerifier(systemClock),
    limiter: new SourceLimiter(settings.OFFHOOK_SOURCE_CPS, systemClock),
    publicHost: settings.OFFHOOK_PUBLIC_HOST,
    bindAddress: settings.OFFHOOK_BIND,
    realm: sipDomain,
    receive: (leg, number) => exchange.receive(leg, number),
    isDraining: () => health.state !== 'ready',
    onRejected: (status) => metrics.callsRejected.inc({ status }),
    onDropped: (cause) => metrics.sourceDropped.inc({ cause }),
    clock: systemClock,
    logger,
  });
  return createUserAgent({
    bindAddress: settings.OFFHOOK_BIND,
    port: settings.OFFHOOK_SIP_PORT,
    clock: systemClock,
    logger,
    ...(settings.OFFHOOK_PUBLIC_HOST && { publicHost: settings.OFFHOOK_PUBLIC_HOST }),
    ...(tls && { tls: { port: settings.OFFHOOK_SIPS_PORT, cert: tls.cert, key: tls.key.reveal() } }),
    handlers: {
      onInvite: (session) => carrier.onInvite(session),
      admit: (request, source) => carrier.admit(request, source),
    },
  });
}

/** An address that a person on this machine can use for a wildcard bind. */
function reachable(bind: string): string {
  return WILDCARDS.includes(bind) ? '127.0.0.1' : bind;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The address under which others may know this machine: the bound one, else the first that is not loopback. */
function ownAddress(bind: string): string {
  if (!WILDCARDS.includes(bind)) return bind;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find((entry) => !entry.internal && entry.family === 'IPv4')?.address ?? '127.0.0.1';
}
