import { createServer, type Server, type Socket } from 'node:net';
import { describeBindError } from './bind-error.ts';

export interface TcpListenerEvents {
  onConnection(socket: Socket): void;
  /** The server failed after it was bound. */
  onError(error: Error): void;
}

/** A bound TCP server, also beneath TLS; the connections it accepts belong to whom it hands them. */
export class TcpListener {
  /** The port that was really bound. */
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    const address = server.address();
    this.port = address !== null && typeof address === 'object' ? address.port : 0;
  }

  /** @throws the socket's error, its message naming the address (EADDRINUSE, EACCES, EADDRNOTAVAIL). */
  static bind(
    address: string,
    port: number,
    protocol: 'TCP' | 'TLS',
    events: TcpListenerEvents,
  ): Promise<TcpListener> {
    const server = createServer({ noDelay: true }, events.onConnection);
    return new Promise((resolve, reject) => {
      const onBindError = (error: NodeJS.ErrnoException) =>
        reject(describeBindError(error, protocol, address, port));
      server.once('error', onBindError);
      server.listen({ host: address, port, exclusive: true }, () => {
        server.off('error', onBindError);
        server.on('error', events.onError);
        resolve(new TcpListener(server));
      });
    });
  }

  /** Stops accepting. Resolves when the connections it accepted are closed too. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
