import type { Clock } from '../../lib/clock.ts';
import { randomHex } from '../../lib/random-hex.ts';
import {
  type HeaderLine,
  NO_PARAMETERS,
  type SipRequest,
  type SipResponse,
  type SipUri,
} from '../message/message.ts';
import { serialize } from '../message/serializer.ts';
import { formatHostPort, formatUri } from '../message/uri.ts';
import { BRANCH_COOKIE } from '../message/via.ts';
import type { FailedPlaces } from '../resolver/failed-places.ts';
import { literalPlace, type ServerResolver } from '../resolver/server-resolver.ts';
import type { ClientTransaction, ClientTransactionUser } from '../transaction/client-transaction.ts';
import type { Transactions } from '../transaction/transactions.ts';
import { keepFlowAlive } from '../transport/flow-keep-alive.ts';
import type { SipTransport } from '../transport/sip-transport.ts';
import { SipRejection, type Source, type TransportProtocol } from './session.ts';

/** 128 random bits: neither collides nor can be guessed, so nobody off the path can forge a response. */
const BRANCH_BYTES = 16;

/** Stands for any host of the Internet: documentation range, never reached (RFC 5737). */
const DEFAULT_ROUTE_ADDRESS = '192.0.2.1';

/** The server is overloaded or down, which says nothing of the next one (RFC 3263 section 4.3). */
export const SERVER_DOWN = 503;

/** A message that may have to be sent again as it was. */
export interface SentMessage {
  resend(): void;
}

/** Puts requests on their way: finds the destination, adds our Via, and hands them to a transaction. */
export class RequestSender {
  readonly #transport: SipTransport;
  readonly #transactions: Transactions;
  readonly #resolver: ServerResolver;
  readonly #failed: FailedPlaces;
  readonly #clock: Clock;
  readonly #onError: (error: Error) => void;

  constructor(
    transport: SipTransport,
    transactions: Transactions,
    resolver: ServerResolver,
    failed: FailedPlaces,
    clock: Clock,
    onError: (error: Error) => void,
  ) {
    this.#transport = transport;
    this.#transactions = transactions;
    this.#resolver = resolver;
    this.#failed = failed;
    this.#clock = clock;
    this.#onError = onError;
  }

  /** The server of a URI to try first: at once for an address, a promise for a name. @throws {SipRejection} where it leads nowhere. */
  locate(uri: SipUri): Source | Promise<Source> {
    return literalPlace(uri) ?? this.locateAll(uri).then(([first]) => first);
  }

  /** The servers of a URI, to be asked one after the other. @throws {SipRejection} where it leads nowhere. */
  locateAll(uri: SipUri): Promise<[Source, ...Source[]]> {
    return this.#resolver.resolve(uri);
  }

  hasConnection(peer: Source): boolean {
    return this.#transport.hasConnection(peer);
  }

  /** Keeps the way by which this peer reaches us open, until the function that it returns is called. */
  keepAlive(peer: Source, random: () => number): () => void {
    return keepFlowAlive(peer, this.#clock, (to) => this.#transport.ping(to), random);
  }

  /** Our address on the route to this peer; the one on the default route where the peer is not known yet. */
  localAddressFor(peer: Source | undefined): string {
    return this.#transport.localAddressFor(peer?.address ?? DEFAULT_ROUTE_ADDRESS);
  }

  /** Whether what is sent there comes to us. */
  isOurs({ protocol, address, port }: Source): boolean {
    return port === this.#portFor(protocol) && this.#transport.localAddressFor(address) === address;
  }

  /**
   * Our Contact towards this peer, `user` in it. `isSips`: a SIPS URI is due (RFC 3261 sections 8.1.1.8 and 12.1.1); where
   * the hop to the peer is not TLS (a proxy in between ended it), it is a SIP URI all the same, or nobody could follow it.
   */
  contactFor(peer: Source, user: string | undefined, isSips: boolean): HeaderLine {
    const { protocol } = peer;
    const asSips = isSips && protocol === 'tls';
    const uri: SipUri = {
      scheme: asSips ? 'sips' : 'sip',
      ...this.#sentBy(peer),
      params: asSips || protocol === 'udp' ? NO_PARAMETERS : new Map([['transport', protocol]]),
      headers: NO_PARAMETERS,
      ...(user === undefined ? {} : { user }),
    };
    return { name: 'Contact', value: `<${formatUri(uri)}>` };
  }

  /** Sends a request without Via in a transaction of its own; how it fares tells the resolver whom to ask first. */
  send(request: SipRequest, destination: Source, user: ClientTransactionUser): ClientTransaction {
    return this.#transactions.request(this.#withVia(request, destination), destination, {
      onResponse: (response) => {
        if (response.status === SERVER_DOWN) this.#failed.failed(destination);
        else this.#failed.answered(destination);
        user.onResponse(response);
      },
      onTimeout: () => {
        this.#failed.failed(destination);
        user.onTimeout();
      },
      onTransportError: (error) => {
        this.#failed.failed(destination);
        user.onTransportError(error);
      },
    });
  }

  /** Sends one that has its Via already, for CANCEL. */
  sendOnBranch(request: SipRequest, destination: Source, user: ClientTransactionUser): ClientTransaction {
    return this.#transactions.request(request, destination, user);
  }

  /**
   * Sends a request and waits for its final response.
   * @param timeoutMs waits no longer than this. Unset: 64 * T1 (timer F).
   * @throws {SipRejection} 408 or 503 when there is none.
   */
  request(request: SipRequest, destination: Source, timeoutMs?: number): Promise<SipResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<SipResponse>();
    let transaction: ClientTransaction | undefined;
    const onLimit = (): void => {
      fail(408, `no response within ${timeoutMs} ms`);
      transaction?.fail(new Error('no longer awaited'));
    };
    const timer = timeoutMs === undefined ? undefined : this.#clock.setTimeout(onLimit, timeoutMs);
    const fail = (status: number, reason: string): void => {
      this.#clock.clearTimeout(timer);
      reject(new SipRejection(status, reason));
    };
    transaction = this.send(request, destination, {
      onResponse: (response) => {
        if (response.status < 200) return;
        this.#clock.clearTimeout(timer);
        resolve(response);
      },
      onTimeout: () => fail(408, 'no response'),
      onTransportError: (error) => fail(503, error.message),
    });
    return promise;
  }

  /** Sends the ACK of a 2xx, which belongs to no transaction (RFC 3261 section 13.2.2.4). */
  sendAck(ack: SipRequest, destination: Source): SentMessage {
    const bytes = serialize(this.#withVia(ack, destination));
    const sent = { resend: () => this.#transport.send(bytes, destination, this.#onError) };
    sent.resend();
    return sent;
  }

  #withVia(request: SipRequest, destination: Source): SipRequest {
    const { host, port } = this.#sentBy(destination);
    const branch = BRANCH_COOKIE + randomHex(BRANCH_BYTES);
    const value = `SIP/2.0/${destination.protocol.toUpperCase()} ${formatHostPort(host, port)};rport;branch=${branch}`;
    return { ...request, headers: [{ name: 'Via', value }, ...request.headers] };
  }

  /** Where the peer reaches us. Who calls by TLS without listening for it has no port to name: it is reached by its connection. */
  #sentBy(peer: Source): { host: string; port?: number } {
    const host = this.#transport.advertisedHost(peer.address);
    const port = this.#portFor(peer.protocol);
    return port === 0 ? { host } : { host, port };
  }

  /** Our own; 0 where we do not listen. */
  #portFor(protocol: TransportProtocol): number {
    const { udpPort, tcpPort, tlsPort } = this.#transport;
    return { udp: udpPort, tcp: tcpPort, tls: tlsPort }[protocol];
  }
}
