import { connect, type Socket } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Source } from '../session/session.ts';
import { isWildcardAddress, plainAddress } from './ip-address.ts';
import { type ConnectionEvents, type ConnectionLimits, TcpConnection } from './tcp-connection.ts';
import type { TlsEndpoint } from './tls-endpoint.ts';

export interface ConnectionTableLimits extends ConnectionLimits {
  /** Connections that one address may have open with us. */
  maxPerAddress: number;
  maxTotal: number;
}

/** An office behind one NAT has tens of phones; a flood from one address stays far under the descriptor limit. */
export const DEFAULT_MAX_CONNECTIONS_PER_ADDRESS = 128;
/** A quarter of the descriptors that a service commonly has; the rest is for media. */
export const DEFAULT_MAX_CONNECTIONS = 4096;

/**
 * All TCP and TLS connections, found by the peer's address and port, so that one is used for both ways (RFC 3261 section
 * 18). One that we made by TLS is also known by the name that its certificate was checked for: under another name it would
 * not be verified.
 */
export class TcpConnections {
  readonly #connections = new Map<string, TcpConnection>();
  readonly #countByAddress = new Map<string, number>();
  readonly #localAddress: string | undefined;
  readonly #tls: TlsEndpoint;
  readonly #clock: Clock;
  readonly #limits: ConnectionTableLimits;
  readonly #logger: Logger;
  readonly #events: ConnectionEvents;

  constructor(
    bindAddress: string,
    tls: TlsEndpoint,
    clock: Clock,
    limits: ConnectionTableLimits,
    logger: Logger,
    events: ConnectionEvents,
  ) {
    this.#localAddress = isWildcardAddress(bindAddress) ? undefined : bindAddress;
    this.#tls = tls;
    this.#clock = clock;
    this.#limits = limits;
    this.#logger = logger;
    this.#events = events;
  }

  /** Takes over a connection that a peer made, or refuses it by closing; its TLS handshake is still to come. */
  accept(socket: Socket, protocol: 'tcp' | 'tls'): void {
    const address = socket.remoteAddress && plainAddress(socket.remoteAddress);
    const port = socket.remotePort;
    if (!address || !port) {
      socket.destroy();
      return;
    }
    const fromAddress = this.#countByAddress.get(address) ?? 0;
    if (fromAddress >= this.#limits.maxPerAddress || this.#connections.size >= this.#limits.maxTotal) {
      this.#logger.warn({ address, fromAddress, total: this.#connections.size }, 'SIP connection refused');
      socket.destroy();
      return;
    }
    const stream = protocol === 'tls' ? this.#tls.accept(socket) : socket;
    this.#add(stream, { protocol, address, port }).expectFirstMessage();
  }

  has(peer: Source): boolean {
    return this.#connections.has(keyOf(peer));
  }

  /** Sends over the connection with this peer, making one if there is none. */
  send(bytes: Uint8Array, peer: Source, onError: (error: Error) => void): void {
    const existing = this.#connections.get(keyOf(peer));
    if (existing) {
      existing.send(bytes, onError);
      return;
    }
    if (this.#connections.size >= this.#limits.maxTotal) {
      onError(new Error('too many SIP connections'));
      return;
    }
    this.#add(this.#dial(peer), peer).send(bytes, onError);
  }

  /** Asks the peer of a connection whether it is there; does nothing without one. */
  ping(peer: Source): void {
    this.#connections.get(keyOf(peer))?.ping();
  }

  closeAll(): void {
    for (const connection of this.#connections.values()) connection.destroy();
  }

  #dial(peer: Source): Socket {
    if (peer.protocol === 'tls') return this.#tls.connect(peer, this.#localAddress);
    return connect({
      host: peer.address,
      port: peer.port,
      noDelay: true,
      ...(this.#localAddress !== undefined && { localAddress: this.#localAddress }),
    });
  }

  #add(socket: Socket, peer: Source): TcpConnection {
    const connection = new TcpConnection(socket, peer, this.#clock, this.#limits, {
      onMessage: this.#events.onMessage,
      onClosed: (closed, error) => this.#remove(closed, error),
    });
    // A peer that comes again from the same port has given the old connection up.
    this.#connections.get(keyOf(peer))?.destroy();
    this.#connections.set(keyOf(peer), connection);
    this.#countByAddress.set(peer.address, (this.#countByAddress.get(peer.address) ?? 0) + 1);
    return connection;
  }

  #remove(connection: TcpConnection, error: Error | undefined): void {
    const { peer } = connection;
    if (this.#connections.get(keyOf(peer)) === connection) this.#connections.delete(keyOf(peer));
    const left = (this.#countByAddress.get(peer.address) ?? 1) - 1;
    if (left > 0) this.#countByAddress.set(peer.address, left);
    else this.#countByAddress.delete(peer.address);
    this.#events.onClosed(connection, error);
  }
}

function keyOf(peer: Source): string {
  return `${peer.protocol} ${peer.address} ${peer.port} ${peer.name ?? ''}`;
}
