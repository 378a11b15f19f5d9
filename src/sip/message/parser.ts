import { parseDecimal } from './characters.ts';
import { HeadReader, type MessageHead, type Refusal, skipLineEnds } from './head.ts';
import { headerAll, headerValue, topVia } from './headers.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';
import {
  NO_PARAMETERS,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type SipUri,
  type Via,
} from './message.ts';
import { isSupportedVersion, parseStartLine, type RequestLine, type StatusLine } from './start-line.ts';
import { parseUri } from './uri.ts';
import { validateMessage, validateRequest } from './validate-request.ts';

export type ParseResult =
  /** `via` is the topmost. */
  | { ok: true; message: SipMessage; via: Via }
  /** A malformed request that can be answered: `partial` has the headers that the answer copies. */
  | { ok: false; reason: string; status: number; partial: SipRequest }
  /** Nothing that could be answered, or that must not be: to be dropped in silence. */
  | { ok: false; reason: string; status?: never; partial?: never };

/**
 * Reads one message from a datagram, or from the bytes that the stream framer cut out. Never throws. What stands behind
 * the body is ignored (RFC 3261 section 18.3). A message that is accepted has a readable topmost Via, From, To, Call-ID
 * and CSeq, and has passed {@link validateRequest}.
 */
export function parseMessage(datagram: Uint8Array): ParseResult {
  if (datagram.length > MAX_MESSAGE_BYTES) return { ok: false, reason: 'message too large' };
  const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const head = new HeadReader(bytes, skipLineEnds(bytes)).read();
  const startLine = head && parseStartLine(head.startLine);
  if (!head || !startLine) return { ok: false, reason: 'no SIP start line' };
  return startLine.kind === 'request'
    ? readRequest(bytes, head, startLine)
    : readResponse(bytes, head, startLine);
}

function readRequest(bytes: Buffer, head: MessageHead, line: RequestLine): ParseResult {
  const uri = line.hasStraySpace ? undefined : parseUri(line.rawUri);
  const body = readBody(bytes, head);
  const request: SipRequest = {
    kind: 'request',
    method: line.method,
    uri: uri ?? unreadableUri(line.rawUri),
    rawUri: line.rawUri,
    headers: head.headers,
    body: 'status' in body ? new Uint8Array(0) : body,
  };
  const via = topVia(request);
  const refusal =
    head.refusal ??
    (isSupportedVersion(line.version) ? undefined : { status: 505, reason: 'Version Not Supported' }) ??
    (uri ? undefined : { status: 400, reason: 'Malformed Request-Line' }) ??
    ('status' in body ? body : undefined) ??
    validateRequest(request, via);
  if (via && !refusal) return { ok: true, message: request, via };
  // An ACK is never answered; without a Via nobody knows how.
  if (request.method === 'ACK' || !via || !refusal) return { ok: false, reason: refusal?.reason ?? 'no Via' };
  return { ok: false, ...refusal, partial: request };
}

function readResponse(bytes: Buffer, head: MessageHead, line: StatusLine): ParseResult {
  const body = readBody(bytes, head);
  if (head.refusal) return { ok: false, reason: head.refusal.reason };
  if ('status' in body) return { ok: false, reason: body.reason };
  if (!isSupportedVersion(line.version) || line.status < 100 || line.status > 699)
    return { ok: false, reason: 'Malformed Status-Line' };
  const { status, reason } = line;
  const response: SipResponse = { kind: 'response', status, reason, headers: head.headers, body };
  const via = topVia(response);
  const refusal = validateMessage(response, via);
  if (!via || refusal) return { ok: false, reason: refusal?.reason ?? 'no Via' };
  return { ok: true, message: response, via };
}

function unreadableUri(text: string): SipUri {
  return { scheme: '', host: '', params: NO_PARAMETERS, headers: NO_PARAMETERS, opaque: text };
}

/** The body: as long as Content-Length says, else all the rest (RFC 3261 section 18.3). */
function readBody(bytes: Buffer, head: MessageHead): Uint8Array | Refusal {
  const available = bytes.length - head.bodyStart;
  const length = contentLength(head);
  if (length === undefined) return bytes.subarray(head.bodyStart);
  if (typeof length !== 'number') return length;
  if (length > available) return { status: 400, reason: 'Content-Length Larger Than Message' };
  return bytes.subarray(head.bodyStart, head.bodyStart + length);
}

/** @returns undefined when there is none; a refusal when it is no number, or when there are two. */
export function contentLength(head: Pick<MessageHead, 'headers'>): number | undefined | Refusal {
  const value = headerValue(head, 'Content-Length');
  if (value === undefined) return undefined;
  if (headerAll(head, 'Content-Length').length > 1)
    return { status: 400, reason: 'Multiple Content-Length Headers' };
  return parseDecimal(value, Number.MAX_SAFE_INTEGER) ?? { status: 400, reason: 'Malformed Content-Length' };
}
