import { parseDecimal } from '../message/characters.ts';
import { headerValue, headerValues } from '../message/headers.ts';
import type { SipResponse, SipUri } from '../message/message.ts';
import { parseNameAddress } from '../message/name-address.ts';

/** What we ask for, in seconds: the default of RFC 3261 section 10.2. Registrars that want a NAT kept open grant less. */
export const DEFAULT_EXPIRES_SECONDS = 3_600;
/** Longest interval that we ask for or believe: a day. Whoever forgets us is found out by then. */
const MAX_EXPIRES_SECONDS = 86_400;
/**
 * Part of the granted interval after which it is refreshed, from and to: a lost REGISTER is sent for 32 s and one failure
 * is retried before an interval of five minutes ends, and a house of trunks does not come all at once.
 */
const REFRESH_SHARE = { from: 0.7, to: 0.85 };
/** No registrar makes us send more often than this, in milliseconds. */
const MIN_REFRESH_MS = 5_000;

/** Waits that double from one failure to the next, in milliseconds. */
interface BackOff {
  firstMs: number;
  maxMs: number;
}
/** Nobody answered, or could: the times of RFC 5626 section 4.5 where no flow is left. */
const UNREACHABLE: BackOff = { firstMs: 30_000, maxMs: 30 * 60_000 };
/** We were refused, as by a wrong password: those who insist are banned, so that slower is sooner. */
const REFUSED: BackOff = { firstMs: 5 * 60_000, maxMs: 60 * 60_000 };
/** Longest Retry-After that is heeded, in seconds. */
const MAX_RETRY_AFTER_SECONDS = 3_600;

/** When to refresh a binding. @param random from 0 to 1. @returns milliseconds */
export function refreshDelayMs(grantedSeconds: number, random: number): number {
  const share = REFRESH_SHARE.from + (REFRESH_SHARE.to - REFRESH_SHARE.from) * random;
  return Math.max(MIN_REFRESH_MS, Math.round(grantedSeconds * 1_000 * share));
}

/**
 * When to try again after a failure: half to all of a wait that doubles with each (RFC 5626 section 4.5), but not before the
 * Retry-After of the response.
 * @param failures in a row, this one included
 * @param random from 0 to 1
 * @returns milliseconds
 */
export function retryDelayMs(
  status: number,
  failures: number,
  retryAfter: string | undefined,
  random: number,
): number {
  const { firstMs, maxMs } = isRefusal(status) ? REFUSED : UNREACHABLE;
  const waitMs = Math.min(maxMs, firstMs * 2 ** (failures - 1));
  const jittered = Math.round(waitMs * (0.5 + random / 2));
  // A comment or parameters may follow the number (RFC 3261 section 20.33).
  const seconds = parseDecimal(/^\d+/.exec(retryAfter ?? '')?.[0] ?? '', MAX_RETRY_AFTER_SECONDS);
  return Math.max(jittered, (seconds ?? 0) * 1_000);
}

function isRefusal(status: number): boolean {
  return status >= 300 && status !== 408 && status !== 480 && !(status >= 500 && status < 600);
}

/**
 * For how long the registrar keeps our binding: the parameter of our Contact in its 2xx, or of the only one there where a
 * NAT made it another, else the Expires header, else what was asked for (RFC 3261 sections 10.2.4 and 10.3). In seconds.
 */
export function grantedSeconds(response: SipResponse, contact: SipUri, askedSeconds: number): number {
  const listed = headerValues(response, 'Contact').map(parseNameAddress);
  const ours = listed.find((entry) => entry && isSameContact(entry.uri, contact));
  const entry = ours ?? (listed.length === 1 ? listed[0] : undefined);
  const ofContact = seconds(entry?.params.get('expires'));
  return ofContact ?? seconds(headerValue(response, 'Expires')) ?? askedSeconds;
}

/** The interval that a 423 asks for, where it is longer than ours and not beyond reason (RFC 3261 section 10.2.8). Seconds. */
export function longerExpiry(response: SipResponse, askedSeconds: number): number | undefined {
  const min = parseDecimal(headerValue(response, 'Min-Expires') ?? '', MAX_EXPIRES_SECONDS);
  return min !== undefined && min > askedSeconds ? min : undefined;
}

function seconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDecimal(text, MAX_EXPIRES_SECONDS);
}

function isSameContact(one: SipUri, other: SipUri): boolean {
  return one.user === other.user && one.host === other.host && one.port === other.port;
}
