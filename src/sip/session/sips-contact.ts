import { headerValues } from '../message/headers.ts';
import type { SipRequest } from '../message/message.ts';
import { parseNameAddress } from '../message/name-address.ts';

/**
 * Whether the Contact of our answer to an INVITE must be a SIPS URI: the Request-URI is one, or the topmost Record-Route,
 * or, without any, the Contact (RFC 3261 section 12.1.1).
 */
export function answersWithSips(invite: SipRequest): boolean {
  const wayBack = headerValues(invite, 'Record-Route')[0] ?? headerValues(invite, 'Contact')[0];
  return invite.uri.scheme === 'sips' || parseNameAddress(wayBack ?? '')?.uri.scheme === 'sips';
}
