import { connect, type Socket } from 'node:net';

export interface HttpCall {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
}

export interface LoadOptions {
  port: number;
  /** Bearer key. */
  key: string;
  connections: number;
  durationMs: number;
  /** The next request; asked anew each time. */
  next(): HttpCall;
  expectedStatus: number;
}

export interface LoadResult {
  requests: number;
  elapsedMs: number;
  /** Milliseconds of each request, from its first byte written to its last byte read. */
  latenciesMs: number[];
  /** Body of the last reply. */
  lastBody: string;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * Keeps so many connections busy, one request at a time on each, for so long and for one request at least. Bare sockets, because a client library
 * would cost more CPU per request than the servers under measurement.
 * @throws when a reply has another status than the expected one.
 */
export async function loadHttp(options: LoadOptions): Promise<LoadResult> {
  const result: LoadResult = { requests: 0, elapsedMs: 0, latenciesMs: [], lastBody: '' };
  const sockets = await Promise.all(Array.from({ length: options.connections }, () => open(options.port)));
  const startedAt = performance.now();
  const until = startedAt + options.durationMs;
  await Promise.all(sockets.map((socket) => keepBusy(socket, options, until, result)));
  result.elapsedMs = performance.now() - startedAt;
  for (const socket of sockets) socket.destroy();
  return result;
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

function keepBusy(socket: Socket, options: LoadOptions, until: number, result: LoadResult): Promise<void> {
  const { key, expectedStatus, next } = options;
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    let sentAt = 0;
    const request = () => {
      const { method, path, body } = next();
      const entity =
        body === undefined ? '' : `content-type: application/json\r\ncontent-length: ${body.length}\r\n`;
      sentAt = performance.now();
      socket.write(
        `${method} ${path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${key}\r\n${entity}\r\n${body ?? ''}`,
      );
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed a connection')));
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const reply = readReply(received);
      if (!reply) return;
      if (reply.status !== expectedStatus) {
        return reject(new Error(`status ${reply.status}: ${reply.body.toString().slice(0, 300)}`));
      }
      received = Buffer.alloc(0);
      result.requests += 1;
      result.latenciesMs.push(performance.now() - sentAt);
      result.lastBody = reply.body.toString();
      if (performance.now() < until) request();
      else resolve();
    });
    request();
  });
}

/** A reply with Content-Length, once it is whole; both servers always send one. */
function readReply(bytes: Buffer): { status: number; body: Buffer } | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const head = bytes.toString('latin1', 0, end).toLowerCase();
  const lengthAt = head.indexOf('\r\ncontent-length:');
  if (lengthAt < 0) throw new Error('a reply without Content-Length');
  const bodyAt = end + HEAD_END.length;
  const bodyEnd = bodyAt + Number.parseInt(head.slice(lengthAt + 17), 10);
  if (bytes.length < bodyEnd) return undefined;
  return { status: Number(head.slice(9, 12)), body: bytes.subarray(bodyAt, bodyEnd) };
}
