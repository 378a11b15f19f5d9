import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Source } from '../session/session.ts';
import { LocalAddressFinder } from './local-address.ts';
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from './tcp-connection.ts';
import {
  DEFAULT_MAX_CONNECTIONS,
  DEFAULT_MAX_CONNECTIONS_PER_ADDRESS,
  TcpConnections,
} from './tcp-connections.ts';
import { TcpListener } from './tcp-listener.ts';
import { UdpListener } from './udp-listener.ts';

export interface TransportOptions {
  /** IP literal; `0.0.0.0` or `::` for every interface. */
  bindAddress: string;
  /** One number for UDP and TCP; 0 finds one that is free for both. */
  port: number;
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
    this.#connections = new TcpConnections(options.bindAddress, clock, limits, logger, {
      onMessage: (bytes, source) => events.onMessage(bytes, source),
      onClosed: (connection, error) => events.onConnectionClosed(connection.peer, error),
    });
  }

  /** @throws the socket's error with the address in its message. */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const udp = await this.#bindUdp();
      try {
        this.#tcp = await this.#bindTcp(udp.port);
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

  /** Whether a message for this peer would use a connection that is open. */
  hasConnection(peer: Source): boolean {
    return peer.protocol === 'tcp' && this.#connections.has(peer);
  }

  /**
   * Sends one message. `onError` is called at most once, perhaps before this returns; a lost datagram calls nothing.
   */
  send(bytes: Uint8Array, destination: Source, onError: (error: Error) => void): void {
    if (destination.protocol === 'tcp') this.#connections.send(bytes, destination, onError);
    else if (destination.protocol !== 'udp') onError(new Error(`no ${destination.protocol} transport`));
    else if (this.#udp) this.#udp.send(bytes, destination.address, destination.port, onError);
    else onError(new Error('SIP transport is not started'));
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
    const udp = this.#udp;
    const tcp = this.#tcp;
    this.#udp = undefined;
    this.#tcp = undefined;
    const closed = [udp?.close(), tcp?.close()];
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

  #bindTcp(port: number): Promise<TcpListener> {
    return TcpListener.bind(this.#options.bindAddress, port, {
      onConnection: (socket) => this.#connections.accept(socket),
      onError: (error) => this.#logger.error({ error: error.message }, 'SIP TCP listener failed'),
    });
  }
}
