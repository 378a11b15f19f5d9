import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Clock, Timer } from '../lib/clock.ts';

export type VendorFailure =
  /** The vendor does not accept the key. */
  | 'unauthorized'
  /** The account's quota or concurrency is used up. */
  | 'exhausted'
  /** The vendor refuses what was asked, e.g. an unknown model or voice. */
  | 'rejected'
  /** No connection. */
  | 'unreachable'
  /** No answer in time. */
  | 'timed-out'
  /** The connection ended amid the work. */
  | 'disconnected'
  /** The vendor said something that its documents do not know. */
  | 'protocol';

/** What went wrong at a speech vendor. The text never holds the key. */
export class VendorError extends Error {
  override readonly name = 'VendorError';
  readonly vendor: string;
  readonly failure: VendorFailure;

  constructor(vendor: string, failure: VendorFailure, message: string) {
    super(`${vendor}: ${message}`);
    this.vendor = vendor;
    this.failure = failure;
  }
}

/** A caller waits in silence meanwhile: a vendor that takes longer is as good as down. */
const CONNECT_LIMIT_MS = 5_000;
/** Largest message a vendor may send: 10 s of audio in base64 are 110 KB, a long transcript with words 200 KB. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_DETAIL_CHARS = 200;

/** Makes a vendor's words fit for a log line and a timeline. */
export function vendorDetail(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, MAX_DETAIL_CHARS);
}

export interface VendorSocketOptions {
  vendor: string;
  url: URL;
  headers: Record<string, string>;
  clock: Clock;
  signal: AbortSignal;
  connectLimitMs?: number;
}

function failureOfStatus(status: number): VendorFailure {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 402 || status === 429) return 'exhausted';
  return status >= 500 ? 'unreachable' : 'rejected';
}

/**
 * Opens a WebSocket to a vendor. It comes paused, so that no message is lost before the caller has put its listeners; the
 * caller resumes it.
 * @throws {VendorError} by its class; also when the signal aborts.
 */
export function openVendorSocket(options: VendorSocketOptions): Promise<WebSocket> {
  const { vendor, url, headers, clock, signal, connectLimitMs = CONNECT_LIMIT_MS } = options;
  if (signal.aborted) return Promise.reject(new VendorError(vendor, 'disconnected', 'aborted'));
  const socket = new WebSocket(url, { headers, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    let timer: Timer | undefined;
    const settle = () => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (failure: VendorFailure, message: string) => {
      settle();
      socket.terminate();
      reject(new VendorError(vendor, failure, message));
    };
    const onAbort = () => fail('disconnected', 'aborted');
    timer = clock.setTimeout(
      () => fail('timed-out', `no connection within ${connectLimitMs} ms`),
      connectLimitMs,
    );
    signal.addEventListener('abort', onAbort, { once: true });
    // Stays: terminating a socket that still connects emits an error, and one without listener ends the process.
    socket.on('error', (error) => fail('unreachable', `no connection: ${vendorDetail(error.message)}`));
    socket.once('unexpected-response', (_request, response: IncomingMessage) => {
      const status = response.statusCode ?? 0;
      response.resume();
      fail(failureOfStatus(status), `the connection was refused with HTTP ${status}`);
    });
    socket.once('open', () => {
      settle();
      socket.pause();
      resolve(socket);
    });
  });
}

/** The JSON object in a text message. @throws {VendorError} when it is none. */
export function vendorMessage(vendor: string, data: unknown): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(String(data));
  } catch {
    throw new VendorError(vendor, 'protocol', 'a message is no JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new VendorError(vendor, 'protocol', 'a message is no JSON object');
  }
  return parsed as Record<string, unknown>;
}
