import { isIPv6 } from 'node:net';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import { DialogTable } from '../dialog/dialog-table.ts';
import { cseq } from '../message/headers.ts';
import type { SipResponse, SipUri } from '../message/message.ts';
import { parseMessage } from '../message/parser.ts';
import {
  type Registration,
  RegistrationClient,
  type RegistrationOptions,
} from '../registration/registration.ts';
import { CachedDns } from '../resolver/cached-dns.ts';
import { type AddressFamilies, type Dns, dnsOf, systemDns } from '../resolver/dns.ts';
import { FailedPlaces } from '../resolver/failed-places.ts';
import { ServerResolver } from '../resolver/server-resolver.ts';
import { DEFAULT_HALF_OPEN_LIMITS, type HalfOpenLimits } from '../transaction/half-open-invites.ts';
import { DEFAULT_TIMER_VALUES, type TimerValues } from '../transaction/timers.ts';
import { Transactions } from '../transaction/transactions.ts';
import { SipTransport, type TransportOptions } from '../transport/sip-transport.ts';
import { capabilitiesOf } from './capabilities.ts';
import type { DialogSession } from './dialog-session.ts';
import { guardedClock } from './guarded-clock.ts';
import { ClientSession } from './invite-client-session.ts';
import { readOutboundProxy } from './outbound-proxy.ts';
import { readRequest } from './read-request.ts';
import { RequestDispatch } from './request-dispatch.ts';
import { RequestSender } from './request-sender.ts';
import { RequestSeries } from './request-series.ts';
import { Responder } from './responder.ts';
import type {
  InviteClientSession,
  OutboundInvite,
  OutboundRequest,
  ReliableProvisional,
  Source,
  UserAgent,
  UserAgentHandlers,
} from './session.ts';
import type { SessionContext } from './session-context.ts';
import { DEFAULT_SESSION_TIMER } from './session-timer.ts';

export interface UserAgentOptions extends TransportOptions {
  handlers: UserAgentHandlers;
  clock?: Clock;
  logger?: Logger;
  /** T1, T2, T4 where they are not those of RFC 3261. */
  timers?: Partial<TimerValues>;
  /** What User-Agent and Server say. */
  productName?: string;
  /** Beyond them new calls are shed with 503. */
  maxServerTransactions?: number;
  /** How long a session may live without a refresh, in seconds (RFC 4028); 0: session timers are off. Default: 1800. */
  sessionExpiresSeconds?: number;
  /** The shortest such interval that we take, in seconds. Default, and the least that RFC 4028 allows: 90. */
  minSessionExpiresSeconds?: number;
  /** Default: `supported`. */
  reliableProvisional?: ReliableProvisional;
  halfOpenLimits?: Partial<HalfOpenLimits>;
  /**
   * URI of the proxy that requests outside dialogs go through, wherever they were to be sent, but for those to ourselves. It
   * is the operator's own: no `admits` judges it.
   */
  outboundProxy?: string;
  /** Addresses of the name servers to ask, as {@link dnsOf} takes them. Unset or empty: those of this machine. */
  nameServers?: readonly string[];
  /** Stands in for name servers. */
  dns?: Dns;
}

const DEFAULT_PRODUCT_NAME = 'Offhook';

/**
 * Makes the stack; `start` opens its sockets. To drain it, `admit` answers `shed`: new INVITEs and OPTIONS then get 503
 * with Retry-After, and calls in progress go on.
 * @throws Node's error for a TLS certificate or key that cannot be used. @throws {TypeError} for an outbound proxy that is no SIP URI, or
 * a name server that is no address.
 */
export function createUserAgent(options: UserAgentOptions): UserAgent {
  return new SipUserAgent(options);
}

function nameServersOf({ bindAddress, nameServers = [] }: UserAgentOptions): Dns {
  const families = familiesOf(bindAddress);
  return nameServers.length > 0 ? dnsOf(nameServers, families) : systemDns(families);
}

/** A socket that is bound to every IPv6 interface speaks IPv4 too. */
function familiesOf(bindAddress: string): AddressFamilies {
  if (bindAddress === '::') return 'both';
  return isIPv6(bindAddress) ? 6 : 4;
}

/** Wires the layers together and keeps whatever comes off the wire from hurting them. */
class SipUserAgent implements UserAgent {
  readonly #logger: Logger;
  readonly #transport: SipTransport;
  readonly #transactions: Transactions;
  readonly #dispatch: RequestDispatch;
  readonly #context: SessionContext;
  readonly #resolver: ServerResolver;
  readonly #registrations = new Set<RegistrationClient>();

  constructor(options: UserAgentOptions) {
    const logger = options.logger ?? silentLogger;
    const clock = guardedClock(options.clock ?? systemClock, logger);
    const timers = { ...DEFAULT_TIMER_VALUES, ...options.timers };
    const transport = new SipTransport(options, clock, logger, {
      onMessage: (bytes, source) => this.#guard(() => this.#receive(bytes, source), source),
      onConnectionClosed: (peer, error) =>
        this.#guard(() => {
          this.#transactions.connectionClosed(peer, error);
          for (const registration of [...this.#registrations]) registration.connectionClosed(peer);
        }, peer),
    });
    this.#transactions = new Transactions(
      {
        clock,
        timers,
        send: (bytes, destination, onError) => transport.send(bytes, destination, onError),
        hasConnection: (peer) => transport.hasConnection(peer),
      },
      {
        onRequest: (received) => this.#dispatch.onRequest(received),
        onAck: (received) => this.#dispatch.onAck(received),
      },
      logger,
      {
        ...(options.maxServerTransactions !== undefined && { servers: options.maxServerTransactions }),
        halfOpen: { ...DEFAULT_HALF_OPEN_LIMITS, ...options.halfOpenLimits },
      },
    );
    const sessionTimer = {
      expiresSeconds: options.sessionExpiresSeconds ?? DEFAULT_SESSION_TIMER.expiresSeconds,
      minSeconds: options.minSessionExpiresSeconds ?? DEFAULT_SESSION_TIMER.minSeconds,
    };
    const reliableProvisional = options.reliableProvisional ?? 'supported';
    const productName = options.productName ?? DEFAULT_PRODUCT_NAME;
    const failed = new FailedPlaces(clock);
    const dns = options.dns ?? nameServersOf(options);
    this.#resolver = new ServerResolver(new CachedDns(dns, clock), failed);
    this.#context = {
      clock,
      timers,
      logger,
      productName,
      capabilities: capabilitiesOf({
        hasTimer: sessionTimer.expiresSeconds > 0,
        hasReliable: reliableProvisional !== 'off',
      }),
      sessionTimer,
      reliableProvisional,
      sender: new RequestSender(transport, this.#transactions, this.#resolver, failed, clock, (error) =>
        logger.info({ error: error.message }, 'SIP ACK not sent'),
      ),
      outboundProxy:
        options.outboundProxy === undefined ? undefined : readOutboundProxy(options.outboundProxy),
      responder: new Responder(productName),
      dialogs: new DialogTable<DialogSession>(),
      sessions: new Set<DialogSession>(),
    };
    this.#logger = logger;
    this.#transport = transport;
    this.#dispatch = new RequestDispatch(this.#context, this.#transactions, options.handlers);
  }

  start(): Promise<void> {
    return this.#transport.start();
  }

  get udpPort(): number {
    return this.#transport.udpPort;
  }

  get tcpPort(): number {
    return this.#transport.tcpPort;
  }

  get tlsPort(): number {
    return this.#transport.tlsPort;
  }

  get sessionCount(): number {
    return this.#context.sessions.size;
  }

  get transactionShare(): number {
    return this.#transactions.serverShare;
  }

  invite(options: OutboundInvite): InviteClientSession {
    return ClientSession.start(this.#context, options);
  }

  async request({ method, headers, ...options }: OutboundRequest): Promise<SipResponse> {
    const series = new RequestSeries(this.#context, options);
    return (await series.request({ method, ...(headers && { headers: () => headers }) })).response;
  }

  register(options: RegistrationOptions): Registration {
    const registration = RegistrationClient.start(this.#context, options, () =>
      this.#registrations.delete(registration),
    );
    this.#registrations.add(registration);
    return registration;
  }

  resolveServer(uri: SipUri): Promise<[Source, ...Source[]]> {
    return this.#resolver.resolve(uri);
  }

  localAddressFor(peer: Source): string {
    return this.#context.sender.localAddressFor(peer);
  }

  async close(): Promise<void> {
    this.#dispatch.close();
    for (const session of [...this.#context.sessions]) session.abandon();
    for (const registration of [...this.#registrations]) registration.abandon();
    this.#transactions.close();
    this.#context.dialogs.clear();
    await this.#transport.close();
  }

  #receive(bytes: Uint8Array, source: Source): void {
    const parsed = parseMessage(bytes);
    if (!parsed.ok) {
      this.#logger.debug({ reason: parsed.reason, source }, 'malformed SIP message');
      const received = parsed.partial && readRequest(parsed.partial, source);
      if (received)
        this.#dispatch.refuseMalformed(received, { status: parsed.status, reason: parsed.reason });
    } else if (parsed.message.kind === 'response') {
      const method = cseq(parsed.message)?.method;
      if (method !== undefined) this.#transactions.receiveResponse(parsed.message, method);
    } else {
      const received = readRequest(parsed.message, source, parsed.via);
      if (received) this.#transactions.receiveRequest(received);
    }
  }

  #guard(handle: () => void, source: Source): void {
    try {
      handle();
    } catch (error) {
      this.#logger.error({ err: error, source }, 'SIP message could not be handled');
    }
  }
}
