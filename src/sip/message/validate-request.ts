import { parseDecimal } from './characters.ts';
import { type Refusal, SUBSTITUTE } from './head.ts';
import { cseq, headerValue, headerValues } from './headers.ts';
import { MAX_MAX_FORWARDS, MAX_VIA_COUNT } from './limits.ts';
import type { NameAddress, SipMessage, SipRequest, Via } from './message.ts';
import { parseNameAddress } from './name-address.ts';
import { BRANCH_COOKIE } from './via.ts';

/** Headers that every message must have once, and those that may stand once at most (RFC 3261 section 7.3.1). */
const MANDATORY = ['From', 'To', 'Call-ID', 'CSeq'] as const;
const SINGLE = [...MANDATORY, 'Max-Forwards', 'Content-Type', 'Expires'];
/** One bit each, so that a message's are counted in a number. */
const SINGLE_BITS = new Map<string, number>(SINGLE.map((name, index) => [name, 1 << index]));

/** Schemes that a request may be addressed to; `tel` is what some trunks send (RFC 3966). */
const REQUEST_SCHEMES = new Set(['sip', 'sips', 'tel']);

function refuse(status: number, reason: string): Refusal {
  return { status, reason };
}

/**
 * What is wrong with the headers that any message must have: Via, From, To, Call-ID, CSeq.
 * @param via the topmost, as far as it can be read
 * @returns undefined when nothing is.
 */
export function validateMessage(
  message: SipMessage,
  via: Via | undefined,
  sequence = cseq(message),
): Refusal | undefined {
  return (
    validateCounts(message) ??
    (via ? undefined : refuse(400, 'Malformed Via')) ??
    validateNames(message) ??
    (sequence ? undefined : refuse(400, 'Malformed CSeq'))
  );
}

/**
 * What is wrong with a request, before anybody looks at what it asks for (RFC 3261 sections 8.1.1, 8.2.1, 8.2.2 and 16.3).
 * Max-Forwards, a From tag and the branch may be missing, as senders of RFC 2543 know none of them.
 * @returns the status to answer with, or undefined when nothing is wrong.
 */
export function validateRequest(request: SipRequest, via: Via | undefined): Refusal | undefined {
  // Read once: this runs for every request.
  const sequence = cseq(request);
  return (
    validateMessage(request, via, sequence) ??
    validateBranch(via) ??
    (sequence?.method === request.method ? undefined : refuse(400, 'CSeq Method Mismatch')) ??
    validateMaxForwards(request) ??
    validateRoutes(request) ??
    validateContacts(request) ??
    validateRequestUri(request)
  );
}

function validateCounts(message: SipMessage): Refusal | undefined {
  let seen = 0;
  for (const { name } of message.headers) {
    const bit = SINGLE_BITS.get(name) ?? 0;
    if (seen & bit) return refuse(400, `Multiple ${name} Headers`);
    seen |= bit;
  }
  for (const name of MANDATORY)
    if (!(seen & (SINGLE_BITS.get(name) ?? 0))) return refuse(400, `Missing ${name} Header`);
  if (headerValues(message, 'Via').length > MAX_VIA_COUNT) return refuse(400, 'Too Many Via Headers');
  return undefined;
}

function validateNames(message: SipMessage): Refusal | undefined {
  for (const name of ['From', 'To']) {
    const address = parseNameAddress(headerValue(message, name) ?? '');
    if (!address || address.params.get('tag') === '') return refuse(400, `Malformed ${name}`);
  }
  const id = headerValue(message, 'Call-ID') ?? '';
  const isWord = id !== '' && !id.includes(' ') && !id.includes('\t') && !id.includes(SUBSTITUTE);
  return isWord ? undefined : refuse(400, 'Malformed Call-ID');
}

/** A bare magic cookie identifies nothing (RFC 4475 section 3.2.1). */
function validateBranch(via: Via | undefined): Refusal | undefined {
  return via?.branch === BRANCH_COOKIE ? refuse(400, 'Missing Transaction Identifier') : undefined;
}

function validateMaxForwards(request: SipRequest): Refusal | undefined {
  const value = headerValue(request, 'Max-Forwards');
  if (value === undefined || parseDecimal(value, MAX_MAX_FORWARDS) !== undefined) return undefined;
  return refuse(400, 'Malformed Max-Forwards');
}

function validateRoutes(request: SipRequest): Refusal | undefined {
  for (const name of ['Route', 'Record-Route']) {
    const isMalformed = (value: string): boolean => !value.includes('<') || !hasHost(parseNameAddress(value));
    if (headerValues(request, name).some(isMalformed)) return refuse(400, `Malformed ${name}`);
  }
  return undefined;
}

function hasHost(address: NameAddress | undefined): boolean {
  return address !== undefined && address.uri.host !== '';
}

function validateContacts(request: SipRequest): Refusal | undefined {
  const contacts = headerValues(request, 'Contact');
  if (contacts.length === 1 && contacts[0] === '*' && request.method === 'REGISTER') return undefined;
  return contacts.every(parseNameAddress) ? undefined : refuse(400, 'Malformed Contact');
}

function validateRequestUri({ uri }: SipRequest): Refusal | undefined {
  if (!REQUEST_SCHEMES.has(uri.scheme)) return refuse(416, 'Unsupported URI Scheme');
  // RFC 3261 section 19.1.1, table 1: a request URI has no headers.
  return uri.headers.size > 0 ? refuse(400, 'Headers in Request-URI') : undefined;
}
