import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../lib/clock.ts';
import { StreamFramer } from '../message/stream-framer.ts';
import type { Source } from '../session/session.ts';

export interface ConnectionLimits {
  /** A message that has begun must be complete within this time, and the first one, TLS handshake included, must come within it. */
  messageTimeoutMs: number;
  /** Silence, keep-alives included, after which the connection is closed. */
  idleTimeoutMs: number;
  /** A peer that does not read is cut off once this many bytes wait for it. */
  maxUnsentBytes: number;
  /** How long the answer to a ping may take. */
  pongTimeoutMs: number;
}

export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  // As long as a transaction lasts (64 * T1): nobody waits longer for a message.
  messageTimeoutMs: 32_000,
  // Twice the longest keep-alive interval in use (RFC 5626 section 4.4.1 recommends up to 14 minutes for TCP).
  idleTimeoutMs: 30 * 60_000,
  maxUnsentBytes: 1024 * 1024,
  // RFC 5626 section 4.4.1.
  pongTimeoutMs: 10_000,
};

export interface ConnectionEvents {
  onMessage(bytes: Uint8Array, source: Source): void;
  onClosed(connection: TcpConnection, error: Error | undefined): void;
}

const CR = 0x0d;
/** A keep-alive ping and its answer (RFC 5626 section 3.5.1). */
export const PING = Buffer.from('\r\n\r\n');
const PONG = Buffer.from('\r\n');

/** One TCP or TLS connection, accepted or made: frames what comes in, times it out, and reports its end once. */
export class TcpConnection {
  readonly peer: Source;
  readonly #socket: Socket;
  readonly #framer: StreamFramer;
  readonly #clock: Clock;
  readonly #limits: ConnectionLimits;
  readonly #events: ConnectionEvents;
  #idleTimer: Timer | undefined;
  #messageTimer: Timer | undefined;
  #pongTimer: Timer | undefined;
  /** It has answered a ping before: from then on silence means that it is gone. */
  #answersPings = false;
  #activeAt: number;
  #isClosed = false;
  #error: Error | undefined;

  constructor(
    socket: Socket,
    peer: Source,
    clock: Clock,
    limits: ConnectionLimits,
    events: ConnectionEvents,
  ) {
    this.peer = peer;
    this.#socket = socket;
    this.#clock = clock;
    this.#limits = limits;
    this.#events = events;
    this.#framer = new StreamFramer();
    this.#activeAt = clock.monotonic();
    socket.on('data', (chunk) => {
      // Whatever one read gives rise to leaves in one write.
      socket.cork();
      try {
        this.#receive(chunk);
      } finally {
        socket.uncork();
      }
    });
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', () => this.#finish());
    this.#watchIdle(limits.idleTimeoutMs);
  }

  /** For a connection that the peer made: it must speak before the message time-out. */
  expectFirstMessage(): void {
    this.#watchMessage();
  }

  send(bytes: Uint8Array, onError: (error: Error) => void): void {
    if (this.#isClosed || this.#socket.destroyed) {
      onError(this.#error ?? new Error('connection closed'));
      return;
    }
    if (this.#socket.writableLength > this.#limits.maxUnsentBytes) {
      const error = new Error('peer does not read from its connection');
      this.destroy(error);
      onError(error);
      return;
    }
    this.#activeAt = this.#clock.monotonic();
    this.#socket.write(bytes, (error) => {
      // Why it was closed, such as a certificate that is not trusted, tells more than that it is.
      if (error) onError(this.#error ?? error);
    });
  }

  /**
   * Asks whether the peer is still there. A peer that has answered before and does not now is cut off; of one that never
   * does, as it does not know RFC 5626, silence tells nothing.
   */
  ping(): void {
    this.send(PING, () => {});
    this.#pongTimer ??= this.#clock.setTimeout(() => {
      this.#pongTimer = undefined;
      if (this.#answersPings) this.destroy(new Error('keep-alive was not answered'));
    }, this.#limits.pongTimeoutMs);
  }

  destroy(error?: Error): void {
    this.#error ??= error;
    this.#socket.destroy();
  }

  /** Takes nothing more, but sends what waits: the answer to the message that was at fault. */
  #closeWhenSent(error: Error): void {
    this.#error ??= error;
    this.#socket.destroySoon();
  }

  #receive(chunk: Uint8Array): void {
    this.#activeAt = this.#clock.monotonic();
    this.#noteLife(chunk);
    for (const event of this.#framer.push(chunk)) {
      if (this.#socket.destroyed) return;
      if (event.kind === 'message') {
        this.#stopMessageTimer();
        this.#events.onMessage(event.bytes, this.peer);
      } else if (event.kind === 'ping') {
        this.#stopMessageTimer();
        this.send(PONG, () => {});
      } else {
        if (event.head) this.#events.onMessage(event.head, this.peer);
        this.#closeWhenSent(new Error(event.reason));
        return;
      }
    }
    if (this.#framer.isMidMessage) this.#watchMessage();
  }

  /** Whatever comes proves that the peer is there; a line end between messages, while a pong is awaited, is one. */
  #noteLife(chunk: Uint8Array): void {
    if (!this.#pongTimer) return;
    this.#clock.clearTimeout(this.#pongTimer);
    this.#pongTimer = undefined;
    this.#answersPings ||= chunk[0] === CR && !this.#framer.isMidMessage;
  }

  #watchMessage(): void {
    this.#messageTimer ??= this.#clock.setTimeout(
      () => this.destroy(new Error('message not completed in time')),
      this.#limits.messageTimeoutMs,
    );
  }

  #stopMessageTimer(): void {
    this.#clock.clearTimeout(this.#messageTimer);
    this.#messageTimer = undefined;
  }

  /** One timer that looks at the last activity when it fires, instead of one that is set anew with each packet. */
  #watchIdle(delayMs: number): void {
    this.#idleTimer = this.#clock.setTimeout(() => {
      const idleMs = this.#clock.monotonic() - this.#activeAt;
      if (idleMs >= this.#limits.idleTimeoutMs) this.destroy();
      else this.#watchIdle(this.#limits.idleTimeoutMs - idleMs);
    }, delayMs);
  }

  #finish(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#clock.clearTimeout(this.#idleTimer);
    this.#clock.clearTimeout(this.#pongTimer);
    this.#stopMessageTimer();
    this.#events.onClosed(this, this.#error);
  }
}
