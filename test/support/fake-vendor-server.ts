import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface FakeVendorServer {
  /** `http://127.0.0.1:port` */
  readonly baseUrl: string;
  /** The requests that became connections or were refused, in order. */
  readonly requests: IncomingMessage[];
  close(): Promise<void>;
}

/**
 * A vendor's WebSocket endpoint on loopback.
 * @param admit the HTTP status with which a request is refused; undefined lets it in; `never` leaves it unanswered.
 */
export async function startFakeVendor(
  admit: (request: IncomingMessage) => number | 'never' | undefined,
  onConnection: (socket: WebSocket, request: IncomingMessage) => void,
): Promise<FakeVendorServer> {
  const http = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  const requests: IncomingMessage[] = [];
  http.on('upgrade', (request, socket, head) => {
    requests.push(request);
    const verdict = admit(request);
    socket.on('error', () => undefined);
    if (verdict === 'never') return;
    if (verdict !== undefined) {
      socket.end(`HTTP/1.1 ${verdict} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => onConnection(accepted, request));
  });
  const open = new Set<{ destroy(): void }>();
  http.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        http.close(() => resolve());
      }),
  };
}
