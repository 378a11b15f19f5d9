import { createHash } from 'node:crypto';
import { headerAll, headerValue } from './headers.ts';
import type { HeaderLine, SipRequest, SipResponse } from './message.ts';
import { tagOf } from './name-address.ts';
import { reasonPhrase } from './reason-phrases.ts';

export interface ResponseOptions {
  /** Default: the registered phrase. */
  reason?: string;
  headers?: readonly HeaderLine[];
  body?: Uint8Array;
  /** Put into To where the request has no tag. Default: one that is the same for each copy of the request. */
  toTag?: string;
}

/** Methods whose responses make or refresh a dialog and so carry the route set (RFC 3261 section 12.1.1, RFC 6665). */
const DIALOG_METHODS = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'NOTIFY', 'UPDATE']);

const EMPTY_BODY = new Uint8Array(0);

/**
 * Makes a response: Via, From, To, Call-ID and CSeq are copied, Record-Route into a 101 to 299 that may make a dialog,
 * Timestamp into a 100 (RFC 3261 sections 8.2.6 and 12.1.1). A request that misses some of them (RFC 4475 section 3.3.1) gets
 * those that it has.
 */
export function createResponse(
  request: SipRequest,
  status: number,
  options: ResponseOptions = {},
): SipResponse {
  const headers: HeaderLine[] = [];
  copyAll(request, 'Via', headers);
  if (DIALOG_METHODS.has(request.method) && status > 100 && status < 300)
    copyAll(request, 'Record-Route', headers);
  const from = headerValue(request, 'From');
  if (from !== undefined) headers.push({ name: 'From', value: from });
  const to = headerValue(request, 'To');
  if (to !== undefined) headers.push({ name: 'To', value: withTag(to, status, request, options.toTag) });
  for (const name of ['Call-ID', 'CSeq']) {
    const value = headerValue(request, name);
    if (value !== undefined) headers.push({ name, value });
  }
  if (status === 100) copyAll(request, 'Timestamp', headers);
  if (options.headers) headers.push(...options.headers);
  const reason = options.reason ?? reasonPhrase(status);
  return { kind: 'response', status, reason, headers, body: options.body ?? EMPTY_BODY };
}

function copyAll(request: SipRequest, name: string, into: HeaderLine[]): void {
  for (const value of headerAll(request, name)) into.push({ name, value });
}

function withTag(to: string, status: number, request: SipRequest, tag: string | undefined): string {
  if (tagOf(to) !== undefined) return to;
  if (tag !== undefined) return `${to};tag=${tag}`;
  return status === 100 ? to : `${to};tag=${statelessTag(request)}`;
}

/** RFC 3261 section 8.2.7: a stateless server gives each copy of a request the same tag. */
function statelessTag(request: SipRequest): string {
  const hash = createHash('sha256');
  for (const name of ['Call-ID', 'From', 'CSeq']) hash.update(`${headerValue(request, name) ?? ''}\n`);
  return hash.digest('hex').slice(0, 16);
}
