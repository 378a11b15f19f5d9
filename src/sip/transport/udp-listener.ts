import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Logger } from '../../lib/logger.ts';
import { describeBindError } from './bind-error.ts';
import { plainAddress, socketAddress } from './ip-address.ts';
import { literalLookup } from './literal-lookup.ts';

/** Room for about 4,000 INVITEs while the event loop is busy; the kernel's own default holds 200. Bytes. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

export interface UdpListenerEvents {
  onDatagram(datagram: Uint8Array, address: string, port: number): void;
  /** The socket failed after it was bound. */
  onError(error: Error): void;
}

/** One bound UDP socket, for sending and receiving, so that answers come back to the port that peers know. */
export class UdpListener {
  /** The port that was really bound. */
  readonly port: number;
  readonly #socket: Socket;
  readonly #ipv6: boolean;
  readonly #logger: Logger;

  private constructor(socket: Socket, ipv6: boolean, events: UdpListenerEvents, logger: Logger) {
    this.port = socket.address().port;
    this.#socket = socket;
    this.#ipv6 = ipv6;
    this.#logger = logger;
    socket.on('message', (datagram, from) => {
      // Port 0 cannot be answered; a datagram that claims it is forged.
      if (from.port !== 0) events.onDatagram(datagram, plainAddress(from.address), from.port);
    });
    socket.on('error', (error) => events.onError(error));
  }

  /** @throws the socket's error, its message naming the address (EADDRINUSE, EACCES, EADDRNOTAVAIL). */
  static bind(
    address: string,
    port: number,
    events: UdpListenerEvents,
    logger: Logger,
  ): Promise<UdpListener> {
    const ipv6 = isIPv6(address);
    const socket = createSocket({ type: ipv6 ? 'udp6' : 'udp4', lookup: literalLookup });
    return new Promise((resolve, reject) => {
      const onBindError = (error: NodeJS.ErrnoException) => {
        socket.close();
        reject(describeBindError(error, 'UDP', address, port));
      };
      socket.once('error', onBindError);
      socket.bind({ address, port, exclusive: true }, () => {
        socket.off('error', onBindError);
        const listener = new UdpListener(socket, ipv6, events, logger);
        listener.#enlargeBuffer();
        resolve(listener);
      });
    });
  }

  send(bytes: Uint8Array, address: string, port: number, onError: (error: Error) => void): void {
    try {
      this.#socket.send(bytes, port, socketAddress(address, this.#ipv6), (error) => {
        if (error) onError(error);
      });
    } catch (error) {
      onError(error as Error);
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  /** The kernel caps the size silently; a refusal only costs head-room, so it is reported and not fatal. */
  #enlargeBuffer(): void {
    try {
      this.#socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    } catch (error) {
      this.#logger.warn(
        { error: String(error), bytes: RECEIVE_BUFFER_BYTES },
        'SIP receive buffer not enlarged',
      );
    }
  }
}
