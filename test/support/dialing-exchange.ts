import type { Call } from '../../src/domain/calls/call.ts';
import type { Credential, TrunkGateway } from '../../src/domain/credentials/credential.ts';
import type { TransferDestination } from '../../src/domain/numbers/destination.ts';
import type { PhoneNumber } from '../../src/domain/numbers/number.ts';
import type { Org } from '../../src/domain/orgs/org.ts';
import type { DialQuestion, DialRequest } from '../../src/flow/dialer.ts';
import { DialGate } from '../../src/flow/dialing/dial-gate.ts';
import type { Leg } from '../../src/flow/leg.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { parseNetworks } from '../../src/lib/ip-address.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { createMediaPool } from '../../src/media/media-pool.ts';
import type { MediaPool } from '../../src/media/media-session.ts';
import { DigestVerifier } from '../../src/sip/auth/digest-verifier.ts';
import { createUserAgent, type Dns, type UserAgent } from '../../src/sip/index.ts';
import { DEFAULT_MEDIA_POLICY, type MediaPolicy } from '../../src/telephony/sip/media-policy.ts';
import { OwnListener } from '../../src/telephony/sip/own-listener.ts';
import { SipCarrier } from '../../src/telephony/sip/sip-carrier.ts';
import { SipDialer } from '../../src/telephony/sip/sip-dialer.ts';
import type { SipOutboundLeg } from '../../src/telephony/sip/sip-outbound-leg.ts';
import { SourceBans } from '../../src/telephony/sip/source-bans.ts';
import { SourceLimiter } from '../../src/telephony/sip/source-limiter.ts';
import { createAddressPolicy } from '../../src/webhooks/egress/address-policy.ts';
import { CA, CERT, KEY } from './test-certificate.ts';

const HOST = '127.0.0.1';
/** A host name of the exchange's own that no resolver knows. */
export const OWN_DOMAIN = 'exchange.test';
const ORG = 'org';
/** Calls a second from one source: no test reaches it. */
const SOURCE_CPS = 1_000;
const DIAL_LIMIT_MS = 10_000;

export interface DialingExchangeOptions {
  /** RTP ports, away from those of other test files that may run meanwhile. */
  ports: { from: number; to: number };
  /** Networks that may be dialled although private. */
  allow?: string[];
  /** Speaks TLS with the test certificate, and trusts its authority. */
  tls?: boolean;
  /** Codecs and encryption. */
  mediaPolicy?: MediaPolicy;
  credentials?: Credential[];
  /** Whom the org may call, read anew for each leg; unset: anybody. */
  outbound?: Org['outbound'];
  /** What DNS says of a host; it has no records of services. */
  resolveAll?: (host: string) => Promise<string[]>;
  /** Addresses of gateways that other orgs have. */
  gateways?: string[];
  /** Ports of gateways that are known to be down. */
  down?: number[];
  /** Unset: always. */
  mayDial?: () => boolean;
  /** What every inbound leg is met with. */
  receive?: (leg: Leg, number: PhoneNumber) => Promise<void>;
}

/** The SIP side of an exchange without its calls: the listener, the carrier of inbound legs, the dialer of outbound ones. */
export interface DialingExchange {
  readonly port: number;
  readonly media: MediaPool;
  readonly userAgent: UserAgent;
  dial(destination: Partial<TransferDestination>, request?: Partial<DialRequest>): Promise<SipOutboundLeg>;
  judgeReferral(question: Omit<DialQuestion, 'orgId'>): Promise<void>;
  close(): Promise<void>;
}

/** Every user part is a number of it. */
export function numberOf(user: string): PhoneNumber {
  return {
    id: user,
    orgId: ORG,
    carrier: 'sip',
    sipUri: `sip:${user}@${OWN_DOMAIN}`,
    e164CheckEnabled: true,
    status: 'active',
    binding: {},
    extras: {},
    createdAt: 0,
    updatedAt: 0,
  };
}

/** A trunk with one gateway at each of these ports, in order. */
export function trunk(
  id: string,
  ports: number[],
  { createdAt = 0, ip = HOST, protocol = 'udp' as TrunkGateway['outboundProtocol'] } = {},
): Extract<Credential, { provider: 'byo-sip-trunk' }> {
  return {
    id,
    orgId: ORG,
    provider: 'byo-sip-trunk',
    gateways: ports.map((port) => ({
      ip,
      port,
      netmask: 32,
      inboundEnabled: false,
      outboundEnabled: true,
      outboundProtocol: protocol,
      optionsPingEnabled: false,
    })),
    outboundLeadingPlusEnabled: true,
    createdAt,
    updatedAt: 0,
  };
}

function addressesAlone(resolveAll: (host: string) => Promise<string[]>): Dns {
  const none = async () => ({ records: [], ttlMs: 0 });
  return {
    naptr: none,
    srv: none,
    addresses: async (host) => ({ records: await resolveAll(host), ttlMs: 0 }),
  };
}

export async function startDialingExchange(options: DialingExchangeOptions): Promise<DialingExchange> {
  const { credentials = [], allow = ['127.0.0.0/8'], receive = async (leg) => leg.reject(486) } = options;
  const isDown = (port: number) => options.down?.includes(port) ?? false;
  const media = createMediaPool({ workers: 1, ports: options.ports, logger: silentLogger });
  const { mediaPolicy = DEFAULT_MEDIA_POLICY } = options;
  const parts = {
    mediaPolicy,
    publicHost: undefined,
    bindAddress: HOST,
    clock: systemClock,
    logger: silentLogger,
  };
  const carrier = new SipCarrier({
    ...parts,
    entrance: {
      find: async ({ uri }) => ({ kind: 'number', number: numberOf(uri.user ?? ''), trunk: undefined }),
    },
    trunks: { isGateway: () => false, isGatewayOf: () => false, countCall: () => {}, addStranger: () => {} },
    proxies: parseNetworks([]),
    strangers: 'refuse',
    media,
    digest: new DigestVerifier(systemClock),
    limiter: new SourceLimiter(SOURCE_CPS, systemClock),
    bans: new SourceBans(systemClock, () => {}),
    unknownUsers: 'refuse',
    onVerdict: () => {},
    realm: OWN_DOMAIN,
    receive: async (leg, number) => receive(await leg, number),
    overload: { retryAfterOf: () => undefined, isFull: false },
    onShed: () => {},
    onRejected: () => {},
    onDropped: () => {},
  });
  const userAgent = createUserAgent({
    bindAddress: HOST,
    port: 0,
    clock: systemClock,
    logger: silentLogger,
    ...(options.tls && { ca: CA, tls: { port: 0, cert: CERT, key: KEY } }),
    dns: addressesAlone(options.resolveAll ?? (async () => [HOST])),
    handlers: {
      onInvite: (session) => carrier.onInvite(session),
      admit: (request, source) => carrier.admit(request, source),
    },
  });
  await userAgent.start();
  const policy = createAddressPolicy(allow);
  const { outbound = { allowedPrefixes: ['+'] } } = options;
  let minutes = 0;
  const gate = new DialGate({
    orgs: { getOrg: async (id) => ({ id, name: 'Test', createdAt: 0, outbound }) },
    usage: {
      addMinutes: async (_orgId, _day, count) => {
        minutes += count;
      },
      minutesOn: async () => minutes,
    },
    homeCountry: undefined,
    clock: systemClock,
    logger: silentLogger,
  });
  const dialer = new SipDialer({
    ...parts,
    gate,
    userAgent: () => userAgent,
    own: new OwnListener({
      hosts: [OWN_DOMAIN],
      bindAddress: HOST,
      publicHost: undefined,
      userAgent: () => userAgent,
    }),
    media,
    credentials: {
      get: async (_orgId, id) => credentials.find((credential) => credential.id === id),
      list: async () => credentials,
    },
    trunks: {
      isUp: (_trunkId, gateway) => !isDown(gateway.port),
      countCall: () => {},
      isReachedAt: async (_host, addresses) =>
        addresses.some((address) => options.gateways?.includes(address)),
    },
    refusalOf: (address) => policy.refusalOf(address),
    fromHost: OWN_DOMAIN,
    mayDial: options.mayDial ?? (() => true),
  });
  return {
    port: userAgent.udpPort,
    media,
    userAgent,
    dial: (destination, request = {}) =>
      dialer.dial({
        call: { id: 'call', orgId: ORG, customer: { number: '+442079460018', name: 'Ann' } } as Call,
        number: undefined,
        destination: destination as TransferDestination,
        maxForwards: 70,
        timeoutMs: DIAL_LIMIT_MS,
        ...request,
      }),
    judgeReferral: (question) => dialer.judgeReferral({ orgId: ORG, ...question }),
    async close() {
      gate.close();
      await userAgent.close();
      await media.close();
    },
  };
}
