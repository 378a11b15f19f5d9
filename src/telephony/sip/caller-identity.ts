import type { Customer } from '../../domain/calls/call.ts';
import type { NameAddress } from '../../sip/message/message.ts';
import { formatUri } from '../../sip/message/uri.ts';

/** A user part that is a telephone number: digits, with or without the plus. */
const NUMBER = /^\+?\d{3,40}$/;

/** Who calls, as the From header says: a number where its user part is one, else a SIP URI. */
export function callerIdentity(from: NameAddress | undefined): Customer {
  if (!from) return {};
  const { displayName, uri } = from;
  const name = displayName ? { name: displayName } : {};
  const user = uri.user ?? (uri.scheme === 'tel' ? uri.opaque?.split(';')[0] : undefined);
  if (user !== undefined && NUMBER.test(user)) return { ...name, number: user };
  return { ...name, sipUri: formatUri({ ...uri, params: new Map(), headers: new Map() }) };
}
