import { stat } from 'node:fs/promises';
import { portError } from '../config/port-error.ts';
import type { Settings } from '../config/settings.ts';
import type { TlsFiles } from '../config/tls-files.ts';
import { DialGate } from '../flow/dialing/dial-gate.ts';
import type { Exchange } from '../flow/exchange.ts';
import { systemClock } from '../lib/clock.ts';
import { parseNetworks } from '../lib/ip-address.ts';
import type { Logger } from '../lib/logger.ts';
import type { MediaPool } from '../media/media-session.ts';
import type { Health } from '../observability/health.ts';
import type { Metrics } from '../observability/metrics.ts';
import { DigestVerifier } from '../sip/auth/digest-verifier.ts';
import { createUserAgent, type UserAgent } from '../sip/index.ts';
import type { Storage } from '../storage/open-storage.ts';
import type { MediaPolicy } from '../telephony/sip/media-policy.ts';
import type { OverloadWatch } from '../telephony/sip/overload-watch.ts';
import { OwnListener } from '../telephony/sip/own-listener.ts';
import { SipCarrier } from '../telephony/sip/sip-carrier.ts';
import { SipDialer } from '../telephony/sip/sip-dialer.ts';
import { SourceBans } from '../telephony/sip/source-bans.ts';
import { SourceLimiter } from '../telephony/sip/source-limiter.ts';
import { TrunkEntrance } from '../telephony/sip/trunk-entrance.ts';
import { TrunkRegistry } from '../telephony/sip/trunk-registry.ts';
import { createAddressPolicy } from '../webhooks/egress/address-policy.ts';
import { watchOverload } from './overload.ts';
import { trunkMeans } from './trunk-means.ts';

/** Hosts of SIP URIs that mean us wherever they are dialled from: moved numbers keep the vendor's. */
const VENDOR_HOST = 'sip.vapi.ai';

export interface SignallingParts {
  settings: Settings;
  tls: TlsFiles | undefined;
  /** Whom we trust when we call over TLS, in PEM; undefined: the authorities of Node. */
  ca: string | undefined;
  storage: Storage;
  media: MediaPool;
  health: Health;
  metrics: Metrics;
  sipDomain: string;
  nodeId: string;
  recordingsDir: string;
  logger: Logger;
}

/** Our SIP stack, with callers on one side and the legs that we place on the other. */
export class Signalling {
  readonly dialer: SipDialer;
  readonly trunks: TrunkRegistry;
  readonly #parts: SignallingParts;
  readonly #gate: DialGate;
  #userAgent: UserAgent | undefined;
  #overload: OverloadWatch | undefined;
  #stopWatching: (() => void) | undefined;

  constructor(parts: SignallingParts) {
    const { settings, storage, media, sipDomain, nodeId, logger } = parts;
    this.#parts = parts;
    const { OFFHOOK_BIND: bindAddress, OFFHOOK_PUBLIC_HOST: publicHost } = settings;
    const policy = createAddressPolicy(settings.OFFHOOK_EGRESS_ALLOW);
    const userAgent = () => this.userAgent;
    const refusalOf = (address: string) => policy.refusalOf(address);
    this.trunks = new TrunkRegistry({
      ...trunkMeans({ userAgent, refusalOf, sipDomain }),
      trunks: storage.trunks,
      numbers: storage.numbers,
      leases: storage.leases,
      nodeId,
      clock: systemClock,
      random: Math.random,
      logger,
    });
    storage.credentialChanged.on((id) => this.trunks.credentialChanged(id));
    storage.numberChanged.on((number) => this.trunks.numberChanged(number));
    this.#gate = new DialGate({
      orgs: storage.orgs,
      usage: storage.dialUsage,
      homeCountry: settings.OFFHOOK_HOME_COUNTRY,
      clock: systemClock,
      logger,
    });
    this.dialer = new SipDialer({
      gate: this.#gate,
      userAgent,
      numbers: storage.numbers,
      own: new OwnListener({ hosts: [sipDomain, VENDOR_HOST], bindAddress, publicHost, userAgent }),
      media,
      credentials: storage.credentials,
      trunks: this.trunks,
      refusalOf,
      bindAddress,
      mediaPolicy: mediaPolicyOf(settings),
      publicHost,
      fromHost: sipDomain,
      mayDial: () => this.#overload?.mayDial ?? false,
      clock: systemClock,
      logger,
    });
  }

  get userAgent(): UserAgent {
    if (!this.#userAgent) throw new Error('the SIP stack has not been started');
    return this.#userAgent;
  }

  /** Takes calls from now on. @throws the error of the port that could not be opened, with the setting that names it. */
  async start(exchange: Exchange): Promise<UserAgent> {
    const { settings, tls, ca, storage, media, metrics, sipDomain, recordingsDir, logger } = this.#parts;
    const { overload, stop } = watchOverload({
      ...this.#parts,
      activeCalls: () => exchange.activeCount,
      transactionShare: () => this.#userAgent?.transactionShare ?? 0,
      storeErrand: () => storage.ping(),
      diskErrand: () => stat(recordingsDir),
    });
    this.#overload = overload;
    this.#stopWatching = stop;
    const carrier = new SipCarrier({
      entrance: new TrunkEntrance({
        numbers: storage.numbers,
        trunks: storage.trunks,
        registry: this.trunks,
        domains: [sipDomain, VENDOR_HOST],
      }),
      trunks: this.trunks,
      proxies: parseNetworks(settings.OFFHOOK_TRUSTED_PROXIES),
      strangers: settings.OFFHOOK_STRANGERS,
      media,
      digest: new DigestVerifier(systemClock),
      limiter: new SourceLimiter(settings.OFFHOOK_SOURCE_CPS, systemClock),
      bans: new SourceBans(systemClock, (address) => {
        metrics.sourcesBanned.inc();
        logger.warn({ source: address }, 'a source that guesses passwords gets no answer for a while');
      }),
      unknownUsers: settings.OFFHOOK_UNKNOWN_USERS,
      publicHost: settings.OFFHOOK_PUBLIC_HOST,
      bindAddress: settings.OFFHOOK_BIND,
      mediaPolicy: mediaPolicyOf(settings),
      realm: sipDomain,
      receive: (leg, number, arrivedAt) => exchange.receive(leg, number, arrivedAt),
      overload,
      onShed: () => metrics.requestsShed.inc(),
      onRejected: (status) => metrics.callsRejected.inc({ status }),
      onVerdict: (verdict) => metrics.callerAuthentications.inc({ verdict }),
      onDropped: (cause) => metrics.sourceDropped.inc({ cause }),
      clock: systemClock,
      logger,
    });
    this.#userAgent = createUserAgent({
      bindAddress: settings.OFFHOOK_BIND,
      port: settings.OFFHOOK_SIP_PORT,
      clock: systemClock,
      logger,
      ...(settings.OFFHOOK_SIP_OUTBOUND_PROXY && { outboundProxy: settings.OFFHOOK_SIP_OUTBOUND_PROXY }),
      nameServers: settings.OFFHOOK_SIP_DNS,
      ...(settings.OFFHOOK_PUBLIC_HOST && { publicHost: settings.OFFHOOK_PUBLIC_HOST }),
      ...(ca !== undefined && { ca }),
      sessionExpiresSeconds: settings.OFFHOOK_SIP_SESSION_EXPIRES,
      minSessionExpiresSeconds: settings.OFFHOOK_SIP_MIN_SE,
      reliableProvisional: settings.OFFHOOK_SIP_100REL,
      ...(tls && { tls: { port: settings.OFFHOOK_SIPS_PORT, cert: tls.cert, key: tls.key.reveal() } }),
      handlers: {
        onInvite: (session) => carrier.onInvite(session),
        admit: (request, source) => carrier.admit(request, source),
        recognises: (request, source) => carrier.recognises(request, source),
      },
    });
    await this.#userAgent.start().catch((error: unknown) => {
      const setting = sipSettingOf(error, settings);
      throw portError(error, { host: settings.OFFHOOK_BIND, port: settings[setting], setting });
    });
    this.trunks.start();
    return this.#userAgent;
  }

  async close(): Promise<void> {
    this.#stopWatching?.();
    await this.trunks.close();
    this.#gate.close();
    await this.#userAgent?.close();
  }
}

function mediaPolicyOf(settings: Settings): MediaPolicy {
  return {
    codecs: settings.OFFHOOK_CODECS,
    codecOrder: settings.OFFHOOK_CODEC_ORDER,
    srtp: settings.OFFHOOK_SRTP,
    srtpWithoutTls: settings.OFFHOOK_SRTP_WITHOUT_TLS,
  };
}

/** Which of the SIP ports could not be opened. */
function sipSettingOf(error: unknown, { OFFHOOK_TLS_CERT: cert, OFFHOOK_SIPS_PORT: sips }: Settings) {
  const isSips = cert !== undefined && (error as { port?: number }).port === sips;
  return isSips ? 'OFFHOOK_SIPS_PORT' : 'OFFHOOK_SIP_PORT';
}
