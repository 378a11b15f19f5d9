import type { PhoneNumber } from '../../domain/numbers/number.ts';

/** Stands between the fields of the search text, so that nothing is found across two of them. */
const FIELD_SEPARATOR = '\u001f';
const EXCHANGE = 'exchange';

/** `%41` and `A` are the same user (RFC 3261 section 19.1.4); what is no escape stays as it is. */
function unescaped(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

/** The user part of a SIP URI as numbers are matched by it: without regard to case. */
export function sipUserKey(user: string): string {
  return unescaped(user).toLowerCase();
}

/** The matching key of a SIP URI's user part, without scheme and password; undefined where it has no user. */
export function sipUserOf(sipUri: string | undefined): string | undefined {
  if (sipUri === undefined) return undefined;
  const start = /^sips?:/i.exec(sipUri)?.[0].length ?? 0;
  const end = sipUri.indexOf('@', start);
  if (end <= start) return undefined;
  const [user = ''] = sipUri.slice(start, end).split(':', 1);
  return user === '' ? undefined : sipUserKey(user);
}

/**
 * Within which a number's address is unique: two customers may bring the same number over their own trunks, and the
 * trunk tells whose call it is; a number of a carrier exists once.
 */
export function addressScope({ carrier, credentialId }: PhoneNumber): string {
  return carrier === 'trunk' && credentialId !== undefined ? credentialId : EXCHANGE;
}

/** A text as the search compares it: composed, in lower case, without the separator. */
export function foldForSearch(text: string): string {
  return text.normalize('NFC').toLowerCase().replaceAll(FIELD_SEPARATOR, ' ');
}

export function searchTextOf({ name, address, sipUri }: PhoneNumber): string {
  return [name, address, sipUri].map((field) => foldForSearch(field ?? '')).join(FIELD_SEPARATOR);
}
