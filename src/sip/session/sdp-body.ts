import { headerValue } from '../message/headers.ts';
import type { HeaderLine, SipMessage } from '../message/message.ts';

export const SDP_CONTENT_TYPE = 'application/sdp';

/** A body that we cannot read: the request gets a 415. */
export const UNREADABLE_BODY = Symbol('unreadable body');

/** Parts of a multipart body that are looked at: SDP comes with one or two others (ISUP, PIDF-LO, recording metadata). */
const MAX_PARTS = 16;

const decoder = new TextDecoder('utf-8');
const encoder = new TextEncoder();

/**
 * The session description in a message.
 * @returns undefined where the body is empty; {@link UNREADABLE_BODY} where it is anything but SDP, alone or as a part of a
 * multipart body (RFC 5621 section 3), or is encoded.
 */
export function sdpOf(message: SipMessage): string | undefined | typeof UNREADABLE_BODY {
  if (message.body.length === 0) return undefined;
  const encoding = headerValue(message, 'Content-Encoding')?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity') return UNREADABLE_BODY;
  const contentType = headerValue(message, 'Content-Type') ?? '';
  const type = mediaType(contentType);
  if (type === SDP_CONTENT_TYPE) return decoder.decode(message.body);
  if (!type.startsWith('multipart/')) return UNREADABLE_BODY;
  const boundary = boundaryOf(contentType);
  return (boundary && sdpPart(decoder.decode(message.body), boundary)) || UNREADABLE_BODY;
}

/** The header lines and bytes that carry a session description. */
export function sdpContent(sdp: string | undefined): { headers: HeaderLine[]; body: Uint8Array } {
  if (sdp === undefined) return { headers: [], body: new Uint8Array(0) };
  return { headers: [{ name: 'Content-Type', value: SDP_CONTENT_TYPE }], body: encoder.encode(sdp) };
}

/** `type/subtype` without parameters, in lower case. */
export function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

function boundaryOf(contentType: string): string | undefined {
  for (const parameter of contentType.split(';').slice(1)) {
    const equals = parameter.indexOf('=');
    if (parameter.slice(0, equals).trim().toLowerCase() !== 'boundary') continue;
    const value = parameter.slice(equals + 1).trim();
    return value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  }
  return undefined;
}

/** The content of the first part that is SDP (RFC 2046 section 5.1). */
function sdpPart(body: string, boundary: string): string | undefined {
  const parts = `\r\n${body}`.split(`\r\n--${boundary}`, MAX_PARTS + 1);
  for (const part of parts.slice(1)) {
    const headEnd = part.indexOf('\r\n\r\n');
    if (headEnd < 0) continue;
    const isSdp = part
      .slice(0, headEnd)
      .split('\r\n')
      .some((line) => {
        const colon = line.indexOf(':');
        const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
        return (
          (name === 'content-type' || name === 'c') && mediaType(line.slice(colon + 1)) === SDP_CONTENT_TYPE
        );
      });
    if (!isSdp) continue;
    const content = part.slice(headEnd + 4);
    // Some let the line end of the boundary be that of the last SDP line too.
    return content.endsWith('\n') ? content : `${content}\r\n`;
  }
  return undefined;
}
