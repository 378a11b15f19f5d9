import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './until.ts';

/** How long the waiters of a customer server wait unless told otherwise. */
const WAIT_LIMIT_MS = 10_000;
/** A huge body is written in pieces of this size, as long as the client reads. */
const PIECE_BYTES = 64 * 1024;

/** One POST that a customer's server got. */
export interface CustomerRequest {
  path: string;
  headers: IncomingHttpHeaders;
  /** As it came, for signatures. */
  body: string;
  /** The JSON's `message`; undefined where the body is no JSON object or has none. */
  message: (Record<string, unknown> & { type?: string }) | undefined;
  /** When its last byte came, in milliseconds since the epoch. */
  at: number;
}

/** What a customer's server does with a POST. */
export type CustomerAnswer = (
  | { json: unknown; status?: number; headers?: Record<string, string> }
  | { text: string; status?: number; headers?: Record<string, string> }
  /** Status without a body. */
  | { status: number; headers?: Record<string, string> }
  /** Reads the request and never answers; the socket stays open. */
  | { never: true }
  /** Reads the request and breaks the connection. */
  | { reset: true }
  /** 200 with a body of so many bytes. */
  | { hugeBytes: number }
  | { redirectTo: string; status?: number }
) & {
  /** Waits before it answers, or before it breaks the connection. */
  delayMs?: number;
};

export type CustomerScript = CustomerAnswer | ((request: CustomerRequest) => CustomerAnswer);

/** A customer's web server on loopback, which answers well, badly, slowly or never, as scripted. */
export interface CustomerServer {
  /** `http://127.0.0.1:port`, without a path. */
  readonly url: string;
  readonly port: number;
  /** All POSTs, in the order in which they were complete. */
  readonly requests: readonly CustomerRequest[];
  /**
   * Scripts the answer to a message type (`assistant-request`), a path without its query (`/tools`) or, with `*`, all else. A path
   * outranks a type. A list is used up one by one and its last entry stays. Unscripted: 200 `{}`.
   */
  answer(key: string, script: CustomerScript | readonly CustomerScript[]): void;
  /** Requests of this message type so far. */
  all(type: string): CustomerRequest[];
  /** The first request of this type that no earlier `next` of the type has given; waits for it. @throws after `limitMs`. */
  next(type: string, limitMs?: number): Promise<CustomerRequest>;
  /** The first request that fits, past or future. @throws after `limitMs`. */
  until(fits: (request: CustomerRequest) => boolean, limitMs?: number): Promise<CustomerRequest>;
  /** Breaks all connections, also those that wait for an answer. */
  close(): Promise<void>;
}

/** @param script answers by message type or path; see {@link CustomerServer.answer}. */
export async function startCustomerServer(
  script: Record<string, CustomerScript | readonly CustomerScript[]> = {},
): Promise<CustomerServer> {
  const requests: CustomerRequest[] = [];
  const given = new Map<string, number>();
  const scripts = new Map<string, CustomerScript[]>();
  const answer = (key: string, value: CustomerScript | readonly CustomerScript[]) => {
    scripts.set(key, isList(value) ? [...value] : [value]);
  };
  for (const [key, value] of Object.entries(script)) answer(key, value);

  const answerTo = (request: CustomerRequest): CustomerAnswer => {
    const [path = '/'] = request.path.split('?');
    const keys = [path, request.message?.type ?? '', '*'];
    const steps = keys.map((key) => scripts.get(key)).find((list) => list !== undefined);
    const step = steps && steps.length > 1 ? steps.shift() : steps?.[0];
    if (step === undefined) return { json: {} };
    return typeof step === 'function' ? step(request) : step;
  };
  const server = createServer((incoming, response) => {
    serve(incoming, response, requests, answerTo).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const all = (type: string) => requests.filter(({ message }) => message?.type === type);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    answer,
    all,
    async next(type, limitMs = WAIT_LIMIT_MS) {
      const index = given.get(type) ?? 0;
      given.set(type, index + 1);
      return until(`message ${type} number ${index + 1}`, () => all(type)[index], limitMs);
    },
    until: (fits, limitMs = WAIT_LIMIT_MS) => until('a fitting request', () => requests.find(fits), limitMs),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  requests: CustomerRequest[],
  answerTo: (request: CustomerRequest) => CustomerAnswer,
): Promise<void> {
  const body = await bodyOf(incoming);
  if (incoming.method !== 'POST') {
    response.writeHead(405, { allow: 'POST' }).end();
    return;
  }
  const request: CustomerRequest = {
    path: incoming.url ?? '/',
    headers: incoming.headers,
    body,
    message: messageOf(body),
    at: Date.now(),
  };
  requests.push(request);
  const answer = answerTo(request);
  if (answer.delayMs) await sleep(answer.delayMs, undefined, { ref: false });
  if ('never' in answer || response.destroyed) return;
  if ('reset' in answer) incoming.socket.resetAndDestroy();
  else if ('hugeBytes' in answer) await writeHuge(response, answer.hugeBytes);
  else if ('redirectTo' in answer)
    response.writeHead(answer.status ?? 302, { location: answer.redirectTo }).end();
  else writeAnswer(response, answer);
}

function writeAnswer(
  response: ServerResponse,
  answer: { json?: unknown; text?: string; status?: number; headers?: Record<string, string> },
): void {
  const type = 'json' in answer ? 'application/json' : 'text/plain';
  response.writeHead(answer.status ?? 200, { 'content-type': type, ...answer.headers });
  if ('json' in answer) response.end(JSON.stringify(answer.json));
  else response.end(answer.text);
}

async function writeHuge(response: ServerResponse, bytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  const gone = once(response, 'close');
  for (let left = bytes; left > 0 && !response.destroyed; left -= PIECE_BYTES) {
    const isRoomy = response.write(Buffer.alloc(Math.min(left, PIECE_BYTES), 0x20));
    if (!isRoomy) await Promise.race([once(response, 'drain'), gone]);
  }
  response.end();
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function messageOf(body: string): CustomerRequest['message'] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined; // Not JSON: the body tells what came.
  }
  const message = (parsed as { message?: unknown } | null)?.message;
  return typeof message === 'object' && message !== null
    ? (message as NonNullable<CustomerRequest['message']>)
    : undefined;
}

function isList(value: CustomerScript | readonly CustomerScript[]): value is readonly CustomerScript[] {
  return Array.isArray(value);
}
