import { portError } from '../config/port-error.ts';
import type { Settings } from '../config/settings.ts';
import type { TlsFiles } from '../config/tls-files.ts';
import { DialGate } from '../flow/dialing/dial-gate.ts';
import type { Exchange } from '../flow/exchange.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { MediaPool } from '../media/media-session.ts';
import type { Health } from '../observability/health.ts';
import type { Metrics } from '../observability/metrics.ts';
import { DigestVerifier } from '../sip/auth/digest-verifier.ts';
import { createUserAgent, type UserAgent } from '../sip/index.ts';
import { systemResolverOfAll } from '../sip/session/locate-server.ts';
import type { Storage } from '../storage/open-storage.ts';
import { OwnListener } from '../telephony/sip/own-listener.ts';
import { SipCarrier } from '../telephony/sip/sip-carrier.ts';
import { SipDialer } from '../telephony/sip/sip-dialer.ts';
import { SourceLimiter } from '../telephony/sip/source-limiter.ts';
import { createAddressPolicy } from '../webhooks/egress/address-policy.ts';

/** Hosts of SIP URIs that mean us wherever they are dialled from: moved numbers keep the vendor's. */
const VENDOR_HOST = 'sip.vapi.ai';

export interface SignallingParts {
  settings: Settings;
  tls: TlsFiles | undefined;
  storage: Storage;
  media: MediaPool;
  health: Health;
  metrics: Metrics;
  sipDomain: string;
  logger: Logger;
}

/** Our SIP stack, with callers on one side and the legs that we place on the other. */
export class Signalling {
  readonly dialer: SipDialer;
  readonly #parts: SignallingParts;
  readonly #gate: DialGate;
  #userAgent: UserAgent | undefined;

  constructor(parts: SignallingParts) {
    const { settings, storage, media, sipDomain, logger } = parts;
    this.#parts = parts;
    const { OFFHOOK_BIND: bindAddress, OFFHOOK_PUBLIC_HOST: publicHost } = settings;
    const policy = createAddressPolicy(settings.OFFHOOK_EGRESS_ALLOW);
    const userAgent = () => this.userAgent;
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
      own: new OwnListener({ hosts: [sipDomain, VENDOR_HOST], bindAddress, publicHost, userAgent }),
      media,
      credentials: storage.credentials,
      refusalOf: (address) => policy.refusalOf(address),
      resolveAll: systemResolverOfAll(bindAddress.includes(':') ? 6 : 4),
      bindAddress,
      publicHost,
      fromHost: sipDomain,
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
    const { settings, tls, storage, media, health, metrics, sipDomain, logger } = this.#parts;
    const carrier = new SipCarrier({
      numbers: storage.numbers,
      media,
      digest: new DigestVerifier(systemClock),
      limiter: new SourceLimiter(settings.OFFHOOK_SOURCE_CPS, systemClock),
      publicHost: settings.OFFHOOK_PUBLIC_HOST,
      bindAddress: settings.OFFHOOK_BIND,
      realm: sipDomain,
      receive: (leg, number, arrivedAt) => exchange.receive(leg, number, arrivedAt),
      isDraining: () => health.state !== 'ready',
      onRejected: (status) => metrics.callsRejected.inc({ status }),
      onDropped: (cause) => metrics.sourceDropped.inc({ cause }),
      clock: systemClock,
      logger,
    });
    this.#userAgent = createUserAgent({
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
    await this.#userAgent.start().catch((error: unknown) => {
      const setting = sipSettingOf(error, settings);
      throw portError(error, { host: settings.OFFHOOK_BIND, port: settings[setting], setting });
    });
    return this.#userAgent;
  }

  async close(): Promise<void> {
    this.#gate.close();
    await this.#userAgent?.close();
  }
}

/** Which of the SIP ports could not be opened. */
function sipSettingOf(error: unknown, { OFFHOOK_TLS_CERT: cert, OFFHOOK_SIPS_PORT: sips }: Settings) {
  const isSips = cert !== undefined && (error as { port?: number }).port === sips;
  return isSips ? 'OFFHOOK_SIPS_PORT' : 'OFFHOOK_SIP_PORT';
}
