import { headerAll, headerValues, maxForwards, topVia } from '../message/headers.ts';
import type { HeaderLine, SipRequest } from '../message/message.ts';
import { BRANCH_COOKIE } from '../message/via.ts';
import type { ReceivedRequest } from '../transaction/received-request.ts';
import {
  ALLOWED_METHODS,
  acceptHeader,
  allowHeader,
  type Capabilities,
  KNOWN_METHODS,
} from './capabilities.ts';
import { mediaType, SDP_CONTENT_TYPE, sdpOf, UNREADABLE_BODY } from './sdp-body.ts';

/** A response that needs nothing but the request. */
export interface Refusal {
  status: number;
  reason?: string;
  headers?: readonly HeaderLine[];
}

/** What of Accept has SDP in it. */
const SDP_RANGES: ReadonlySet<string> = new Set([SDP_CONTENT_TYPE, 'application/*', '*/*']);

const allowed: ReadonlySet<string> = new Set(ALLOWED_METHODS);

/** What every UAS inspects before it looks at the method's meaning (RFC 3261 sections 8.2.1 and 8.2.2). */
export function checkRequest(received: ReceivedRequest, capabilities: Capabilities): Refusal | undefined {
  const { request } = received;
  if (!allowed.has(request.method)) {
    return KNOWN_METHODS.has(request.method) ? { status: 405, headers: [allowHeader] } : { status: 501 };
  }
  if (request.method !== 'INVITE' && headerAll(request, 'Replaces').length > 0) {
    return { status: 400, reason: 'Replaces Belongs to INVITE' };
  }
  const unsupported = headerValues(request, 'Require').filter(
    (tag) => !capabilities.supportedOptions.has(tag),
  );
  if (unsupported.length > 0) {
    return { status: 420, headers: [{ name: 'Unsupported', value: unsupported.join(', ') }] };
  }
  return undefined;
}

/**
 * What an INVITE outside a dialog needs besides. Max-Forwards 0 is refused although we are its end: an exchange may send
 * the call on as a new one, and this is what ends a loop of such (RFC 3261 section 16.3, item 3).
 */
export function checkInvite(received: ReceivedRequest): Refusal | undefined {
  const { request } = received;
  if (maxForwards(request) === 0) return { status: 483 };
  if (headerValues(request, 'Contact').length === 0 && !isOfRfc2543(received))
    return { status: 400, reason: 'no Contact' };
  if (!acceptsSdp(request)) return { status: 406 };
  if (sdpOf(request) === UNREADABLE_BODY) return { status: 415, headers: [acceptHeader] };
  return undefined;
}

/** A caller of RFC 2543, which knew no such branches: it may leave Contact out and is reached at its From. */
function isOfRfc2543({ request }: ReceivedRequest): boolean {
  return !topVia(request)?.branch?.startsWith(BRANCH_COOKIE);
}

/** Whether the answer may be a session description; without Accept it may (RFC 3261 section 20.1). */
function acceptsSdp(request: SipRequest): boolean {
  const lines = headerAll(request, 'Accept');
  if (lines.length === 0) return true;
  return headerValues(request, 'Accept').some((range) => SDP_RANGES.has(mediaType(range)));
}
