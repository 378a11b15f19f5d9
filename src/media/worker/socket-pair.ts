import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';

type Received = (bytes: Buffer, from: RemoteInfo) => void;
type Lookup = (
  hostname: string,
  options: unknown,
  callback: (error: null, address: string, family: number) => void,
) => void;

/**
 * Addresses are literals by now. With the usual look-up a datagram would leave on a later turn of the loop, when its
 * buffer may carry the next packet already.
 */
const literalLookup: Lookup = (hostname, _options, callback) => callback(null, hostname, isIP(hostname));

/** Answers of the network to what we sent (ICMP): the peer is away, which silence tells better. */
const PASSING_ERRORS = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'EAGAIN',
  'ENOBUFS',
]);

async function bind(address: string, port: number): Promise<Socket> {
  const type = isIP(address) === 6 ? 'udp6' : 'udp4';
  const socket = createSocket({ type, lookup: literalLookup as never });
  try {
    // The look-up answers at once, and so may the socket: it is listened to before it is bound.
    const listening = once(socket, 'listening');
    socket.bind({ address, port, exclusive: true });
    await listening;
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** The RTP socket of a session and the RTCP socket on the port above it. */
export class SocketPair {
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  #connected = false;
  #closed = false;

  private constructor(rtp: Socket, rtcp: Socket) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
  }

  /** @throws {NodeJS.ErrnoException} EADDRINUSE when either port is taken; neither is held then. */
  static async bind(address: string, port: number): Promise<SocketPair> {
    const rtp = await bind(address, port);
    try {
      return new SocketPair(rtp, await bind(address, port + 1));
    } catch (error) {
      rtp.close();
      throw error;
    }
  }

  listen(rtp: Received, rtcp: Received, failed: (error: Error) => void): void {
    this.#rtp.on('message', rtp);
    this.#rtcp.on('message', rtcp);
    const onError = (error: NodeJS.ErrnoException) => {
      if (!PASSING_ERRORS.has(error.code ?? '')) failed(error);
    };
    this.#rtp.on('error', onError);
    this.#rtcp.on('error', onError);
  }

  /** Lets the kernel drop what others send, and spare us the address of each packet. */
  connect(address: string, port: number): void {
    if (this.#closed) return;
    this.disconnect();
    this.#rtp.connect(port, address);
    this.#connected = true;
  }

  disconnect(): void {
    if (!this.#connected || this.#closed) return;
    this.#rtp.disconnect();
    this.#connected = false;
  }

  /** Sends to the connected peer, or to `destination` where there is none yet. */
  sendRtp(packet: Uint8Array, destination: { address: string; port: number }): void {
    if (this.#closed) return;
    if (this.#connected) this.#rtp.send(packet);
    else this.#rtp.send(packet, destination.port, destination.address);
  }

  sendRtcp(packet: Uint8Array, destination: { address: string; port: number }): void {
    if (!this.#closed) this.#rtcp.send(packet, destination.port, destination.address);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(
      [this.#rtp, this.#rtcp].map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
    );
  }
}
