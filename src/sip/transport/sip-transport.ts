import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Source } from '../session/session.ts';
import { LocalAddressFinder } from './local-address.ts';
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS, PING } from './tcp-connection.ts';
import {
  DEFAULT_MAX_CONNECTIONS,
  DEFAULT_MAX_CONNECTIONS_PER_ADDRESS,
  TcpConnections,
} from './tcp-connections.ts';
import { TcpListener } from './tcp-listener.ts';
import { TlsEndpoint, type TlsIdentity } from './tls-endpoint.ts';
import { UdpListener } from './udp-listener.ts';

/** Where and as whom we are called by TLS. */
export interface TlsListening extends TlsIdentity {
  /** 0 finds one that is free. */
  port: number;
}

export interface TransportOptions {
  /** IP literal; `0.0.0.0` or `::` for every interface. */
  bindAddress: string;
  /** One number for UDP and TCP; 0 finds one that is free for both. */
  port: number;
  /** Without it we call by TLS but are not called. */
  tls?: TlsListening;
  /** Authorities in PEM that a TLS peer's certificate must come from, instead of those that Node trusts. */
  ca?: string;
  /** Name or address that peers reach us by; without it each sees the address on the route to it. */
  publicHost?: string;
  maxConnectionsPerAddress?: number;
  connectionLimits?: Partial<ConnectionLimits>;
}

export interface TransportEvents {
  /** One whole message, or what a datagram had. */
  onMessage(bytes: Uint8Array, source: Source): void;
  /** A connection has ended, also one that never came about. */
  onConnectionClosed(peer: Source, error: Error | undefined): void;
}

/** Tries to find a port that is free for UDP and TCP alike before giving up. */
const BIND_ATTEMPTS = 20;
/** CRLF, double CRLF or a NUL sent to keep a NAT open (RFC 5626 section 3.5, common practice) is shorter than any message. */
const MAX_KEEP_ALIVE_BYTES = 4;

/** The transport layer (RFC 3261 section 18): listeners, connections, and the addresses under which we are reached. */
export class SipTransport {
  readonly #options: TransportOptions;
  readonly #events: TransportEvents;
  readonly #logger: Logger;
  readonly #localAddresses: LocalAddressFinder;
  readonly #connections: TcpConnections;
  #udp: UdpListener | undefined;
  #tcp: TcpListener | undefined;
  #tls: TcpListener | undefined;

  constructor(options: TransportOptions, clock: Clock, logger: Logger, events: TransportEvents) {
    this.#options = options;
    this.#events = events;
    this.#logger = logger;
    this.#localAddresses = new LocalAddressFinder(options.bindAddress, clock);
    const limits = {
      ...DEFAULT_CONNECTION_LIMITS,
      ...options.connectionLimits,
      maxPerAddress: options.maxConnectionsPerAddress ?? DEFAULT_MAX_CONNECTIONS_PER_ADDRESS,
      maxTotal: DEFAULT_MAX_CONNECTIONS,
    };
    const tls = new TlsEndpoint(options.tls, options.ca);
    this.#connections = new TcpConnections(options.bindAddress, tls, clock, limits, logger, {
      onMessage: (bytes, source) => events.onMessage(bytes, source),
      onClosed: (connection, error) => events.onConnectionClosed(connection.peer, error),
    });
  }

  /** @throws the socket's error with the address in its message. */
  async start(): Promise<void> {
    await this.#startPlain();
    const { tls } = this.#options;
    if (!tls) return;
    try {
      this.#tls = await this.#listen(tls.port, 'tls');
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #startPlain(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const udp = await this.#bindUdp();
      try {
        this.#tcp = await this.#listen(udp.port, 'tcp');
        this.#udp = udp;
        return;
      } catch (error) {
        await udp.close();
        const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
        if (this.#options.port !== 0 || !isTaken || attempt >= BIND_ATTEMPTS) throw error;
      }
    }
  }

  get udpPort(): number {
    return this.#udp?.port ?? 0;
  }

  get tcpPort(): number {
    return this.#tcp?.port ?? 0;
  }

  /** 0 where we do not listen for TLS. */
  get tlsPort(): number {
    return this.#tls?.port ?? 0;
  }

  /** Whether a message for this peer would use a connection that is open. */
  hasConnection(peer: Source): boolean {
    return peer.protocol !== 'udp' && this.#connections.has(peer);
  }

  /**
   * Sends one message. `onError` is called at most once, perhaps before this returns; a lost datagram calls nothing.
   */
  send(bytes: Uint8Array, destination: Source, onError: (error: Error) => void): void {
    if (destination.protocol !== 'udp') this.#connections.send(bytes, destination, onError);
    else if (this.#udp) this.#udp.send(bytes, destination.address, destination.port, onError);
    else onError(new Error('SIP transport is not started'));
  }

  /** Sends a keep-alive (RFC 5626 section 3.5.1): to a connection that is open, or a datagram, which nobody answers. */
  ping(peer: Source): void {
    if (peer.protocol !== 'udp') this.#connections.ping(peer);
    else
      this.#udp?.send(PING, peer.address, peer.port, (error) =>
        this.#logger.debug({ error: error.message, peer }, 'SIP keep-alive not sent'),
      );
  }

  /** Our address on the route to a peer; the bind address where that is a single one. */
  localAddressFor(remoteAddress: string): string {
    return this.#localAddresses.addressFor(remoteAddress);
  }

  /** What we write as host of Via and Contact for this peer. */
  advertisedHost(remoteAddress: string): string {
    return this.#options.publicHost ?? this.localAddressFor(remoteAddress);
  }

  async close(): Promise<void> {
    const listeners = [this.#udp, this.#tcp, this.#tls];
    this.#udp = undefined;
    this.#tcp = undefined;
    this.#tls = undefined;
    const closed = listeners.map((listener) => listener?.close());
    this.#connections.closeAll();
    await Promise.all(closed);
  }

  #bindUdp(): Promise<UdpListener> {
    const { bindAddress, port } = this.#options;
    return UdpListener.bind(
      bindAddress,
      port,
      {
        onDatagram: (datagram, address, sourcePort) => {
          if (datagram.length <= MAX_KEEP_ALIVE_BYTES) return;
          this.#events.onMessage(datagram, { protocol: 'udp', address, port: sourcePort });
        },
        onError: (error) => this.#logger.error({ error: error.message }, 'SIP UDP socket failed'),
      },
      this.#logger,
    );
  }

  #listen(port: number, protocol: 'tcp' | 'tls'): Promise<TcpListener> {
    const name = protocol === 'tcp' ? 'TCP' : 'TLS';
    return TcpListener.bind(this.#options.bindAddress, port, name, {
      onConnection: (socket) => this.#connections.accept(socket, protocol),
      onError: (error) => this.#logger.error({ error: error.message }, `SIP ${name} listener failed`),
    });
  }
}
