import { isRelaxedNumber } from '../../domain/numbers/e164.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { readDialled } from '../../domain/orgs/dialled-number.ts';
import { breaksLine } from '../../sip/message/characters.ts';
import type { SipUri } from '../../sip/message/message.ts';
import { parseUri } from '../../sip/message/uri.ts';
import { DialError } from '../dialer.ts';

/**
 * Outbound legs that one call may have at a time: the destination, somebody consulted before it, and as many again that are
 * being taken back. A call that asks for more is one that has run wild.
 */
export const MAX_LEGS_PER_CALL = 4;
/**
 * Hops that are left to a call between numbers of our own. Each costs a call with two legs here, so that one that circles is
 * stopped well before the 70 hops of RFC 3261, and one that ends elsewhere still has some for the proxies on its way.
 */
export const MAX_OWN_HOPS = 10;
/** Longest destination; a URI of a real exchange has some 60 characters. */
const MAX_URI_CHARACTERS = 512;
/** Keys that an extension may have, pressed after the answer, and the pauses between them. */
const EXTENSION = /^[0-9*#A-D,w]{1,32}$/i;

/** Judges addresses. @returns why this one must not be reached; undefined when it may be. */
export type RefusalOfAddress = (address: string) => string | undefined;

/** Where a leg is about to go. */
export interface DialPlace {
  /** User part that is called there. */
  user: string | undefined;
  /** Every address that the host has: one that must not be reached spoils the rest. */
  addresses: readonly string[];
  /** It is the exchange itself. */
  isOwn: boolean;
  /** The number whose call this is. */
  number: PhoneNumber | undefined;
}

/** Every refusal of the gate: whoever asked for the leg did wrong, and dialling again does not help. */
function refused(message: string): DialError {
  return new DialError('refused', message);
}

function loop(): DialError {
  return refused('the destination loops back to the same number');
}

/** Judges a request before anything is looked up. `maxForwards`: of the new request. @throws {DialError} refused */
export function admitRequest(
  { maxForwards, extension }: { maxForwards: number; extension?: string | undefined },
  legsUp: number,
): void {
  if (maxForwards <= 0)
    throw refused('the call has gone through too many exchanges (Max-Forwards is used up)');
  if (legsUp >= MAX_LEGS_PER_CALL) throw refused(`the call has ${legsUp} outbound legs already`);
  if (extension !== undefined && !EXTENSION.test(extension))
    throw refused('the extension has characters that are no keys');
}

/** Reads the SIP URI of a destination. @throws {DialError} refused, where it is none that may be written into a request */
export function admitUri(text: string): SipUri {
  if (text.length > MAX_URI_CHARACTERS) throw refused('the SIP URI is too long');
  if (breaksLine(text)) throw refused('the SIP URI has a line break or NUL in it');
  const uri = parseUri(text);
  if (uri?.scheme !== 'sip' && uri?.scheme !== 'sips') throw refused('the destination is not a SIP URI');
  if ([uri.user, uri.password, ...uri.params.values()].some((part) => part !== undefined && breaksLine(part)))
    throw refused('the SIP URI has a line break or NUL in it');
  return uri;
}

/**
 * @param number the number whose call this is: the network would bring a call to it back to us, with all its hops again
 * @throws {DialError} refused, where the text is no number that a trunk could be asked for, or that one
 */
export function admitNumber(text: string, number?: Pick<PhoneNumber, 'address'>): string {
  if (!isRelaxedNumber(text)) throw refused('the destination is not a telephone number');
  if (number?.address !== undefined && isSpelling(text, number.address)) throw loop();
  return text;
}

/** Judges the place that a destination was found to be. @throws {DialError} refused */
export function admitPlace(place: DialPlace, refusalOf: RefusalOfAddress): void {
  if (place.isOwn && place.number && isSameNumber(place.user, place.number)) throw loop();
  for (const address of place.addresses) {
    const refusal = refusalOf(address);
    if (refusal)
      throw refused(`the destination ${address} is not allowed: ${refusal} (see OFFHOOK_EGRESS_ALLOW)`);
  }
}

/** Whether a user part reaches this number, by the rules by which an INVITE is matched to one. */
export function isSameNumber(user: string | undefined, number: PhoneNumber): boolean {
  if (user === undefined) return false;
  const ownUser = number.sipUri === undefined ? undefined : parseUri(number.sipUri)?.user;
  return [number.address, ownUser].some((own) => own !== undefined && bare(own) === bare(user));
}

/** Whether somebody who dials this text, with or without the prefix of international calls, reaches this address. */
function isSpelling(text: string, address: string): boolean {
  const readings = readDialled(text, undefined)?.readings ?? [];
  return [text, ...readings].some((spelling) => bare(spelling) === bare(address));
}

function bare(user: string): string {
  return user.toLowerCase().replace(/^\+/, '');
}
