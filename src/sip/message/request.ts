import { randomHex } from '../../lib/random-hex.ts';
import type { HeaderLine, NameAddress, SipRequest, SipUri } from './message.ts';
import { formatNameAddress } from './name-address.ts';
import { formatUri, parseUri } from './uri.ts';

/** RFC 3261 section 8.1.1.6. */
export const DEFAULT_MAX_FORWARDS = 70;

export interface RequestOptions {
  /** Header values, or addresses to write. */
  from: NameAddress | string;
  to: NameAddress | string;
  callId: string;
  /** Sequence number of CSeq. */
  seq: number;
  maxForwards?: number;
  /** Values of Route, topmost first. */
  routes?: readonly string[];
  /** Via, Contact and all else, in the order in which they are to stand. */
  headers?: readonly HeaderLine[];
  body?: Uint8Array;
}

/** Makes a request with the headers that every one must have; the Via is the sender's to add. @throws {TypeError} for a malformed URI. */
export function createRequest(method: string, uri: SipUri | string, options: RequestOptions): SipRequest {
  const parsed = typeof uri === 'string' ? parseUri(uri) : uri;
  if (!parsed) throw new TypeError('malformed request URI');
  const address = (value: NameAddress | string): string =>
    typeof value === 'string' ? value : formatNameAddress(value);
  return {
    kind: 'request',
    method,
    uri: parsed,
    rawUri: typeof uri === 'string' ? uri : formatUri(uri),
    headers: [
      { name: 'Max-Forwards', value: String(options.maxForwards ?? DEFAULT_MAX_FORWARDS) },
      ...(options.routes ?? []).map((value) => ({ name: 'Route', value })),
      { name: 'From', value: address(options.from) },
      { name: 'To', value: address(options.to) },
      { name: 'Call-ID', value: options.callId },
      { name: 'CSeq', value: `${options.seq} ${method}` },
      ...(options.headers ?? []),
    ],
    body: options.body ?? new Uint8Array(0),
  };
}

/** A Call-ID of 128 random bits (RFC 3261 section 8.1.1.4). */
export function newCallId(): string {
  return randomHex(16);
}
