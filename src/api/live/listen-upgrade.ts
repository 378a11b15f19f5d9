import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { WebSocketServer } from 'ws';
import { ExchangeError } from '../../domain/errors.ts';
import type { LiveCall } from '../../flow/live/live-call.ts';
import { failureOf } from '../server/failure.ts';
import { renderFailure } from '../vapi/errors.ts';
import { admit } from './admission.ts';
import { CallListener } from './call-listener.ts';
import type { LiveOptions } from './mount-live.ts';

/** Listeners of one call at a time: a supervisor, a recorder and a dashboard or two, with room. */
const MAX_LISTENERS = 10;
/** Listeners have nothing to say: longest message taken of one, in bytes. */
const MAX_RECEIVED_BYTES = 1024;

const LISTEN_PATH = /^\/live\/([\w-]{1,100})\/listen(?:\?(.*))?$/;

/** Whether a request wants to become a listener's socket; all other requests to upgrade are served as they are. */
export function isListenUpgrade(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket' && LISTEN_PATH.test(request.url ?? '');
}

/** `GET /live/{token}/listen` as a WebSocket (RFC 6455). `?channels=2` asks for caller and agent side by side. */
export function mountListen(app: FastifyInstance, options: LiveOptions): void {
  const audience = new Audience(options);
  app.server.on('upgrade', (request, socket, head) => void audience.admit(request, socket, head));
  app.addHook('preClose', async () => audience.close());
}

/** Who listens to which call. */
class Audience {
  readonly #options: LiveOptions;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_RECEIVED_BYTES,
  });
  readonly #listeners = new Map<LiveCall, Set<CallListener>>();
  readonly #stop: () => void;
  #closed = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#stop = options.calls.removed.on((live) => {
      for (const listener of [...(this.#listeners.get(live) ?? [])]) listener.callEnded();
    });
  }

  async admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Before the wait: a socket without a listener for its errors takes the process down.
    const ignoreReset = () => socket.destroy();
    socket.on('error', ignoreReset);
    try {
      const [, token = '', query] = LISTEN_PATH.exec(request.url ?? '') ?? [];
      const channels = channelsOf(query);
      const live = await admit('listen', token, request.headers.authorization, this.#options);
      if (this.#closed) throw new ExchangeError('not-found', 'The exchange is shutting down.');
      this.#makeRoom(token, live);
      this.#sockets.handleUpgrade(request, socket, head, (accepted) => {
        socket.off('error', ignoreReset);
        const listeners = this.#listeners.get(live) ?? new Set();
        this.#listeners.set(live, listeners);
        const listener: CallListener = new CallListener({
          socket: accepted,
          live,
          channels,
          clock: this.#options.clock,
          closed: () => this.#forget(live, listener),
        });
        listeners.add(listener);
      });
    } catch (error) {
      refuse(socket, renderFailure(failureOf(error, this.#options.logger)));
    }
  }

  close(): void {
    this.#closed = true;
    this.#stop();
    for (const listeners of this.#listeners.values()) {
      for (const listener of [...listeners]) listener.shutDown();
    }
  }

  #makeRoom(token: string, live: LiveCall): void {
    // The call may have ended while a key was looked up.
    if (this.#options.calls.find(token) !== live) {
      throw new ExchangeError('not-found', 'The call has ended.');
    }
    if ((this.#listeners.get(live)?.size ?? 0) >= MAX_LISTENERS) {
      throw new ExchangeError('limit-reached', `${MAX_LISTENERS} listen to this call already.`);
    }
  }

  #forget(live: LiveCall, listener: CallListener): void {
    const listeners = this.#listeners.get(live);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(live);
  }
}

/** @throws {ExchangeError} request-invalid for a number of channels that there is not. */
function channelsOf(query: string | undefined): 1 | 2 {
  const channels = new URLSearchParams(query).get('channels') ?? '1';
  if (channels === '1' || channels === '2') return channels === '1' ? 1 : 2;
  throw new ExchangeError('request-invalid', 'channels must be one of the following values: 1, 2');
}

/** Answers a request to upgrade that is not granted, as the routes answer theirs. */
function refuse(socket: Duplex, { status, body }: { status: number; body: unknown }): void {
  const text = JSON.stringify(body);
  const challenge = status === 401 ? 'WWW-Authenticate: Bearer\r\n' : '';
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n` +
      `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\n` +
      `${challenge}Connection: close\r\n\r\n${text}`,
  );
}
