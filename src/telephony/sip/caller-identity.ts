import type { Customer } from '../../domain/calls/call.ts';
import { headerValue, headerValues } from '../../sip/message/headers.ts';
import type { NameAddress, SipRequest } from '../../sip/message/message.ts';
import { parseNameAddress } from '../../sip/message/name-address.ts';
import { formatUri } from '../../sip/message/uri.ts';

/** A user part that is a telephone number: digits, with or without the plus. */
const NUMBER = /^\+?\d{3,40}$/;
/** Who does not want to be known (RFC 3323 section 4.1.1.3). */
const NOBODYS_HOST = 'anonymous.invalid';
const ANONYMOUS: Customer = { name: 'Anonymous', sipUri: `sip:anonymous@${NOBODYS_HOST}` };
/** Privacy of these kinds covers the asserted identity (RFC 3325 section 9.3, RFC 3323 section 4.2). */
const HIDING = ['id', 'user', 'header', 'full'];
/** Identities that are looked at; each caller has at most two identities (RFC 3325 section 9.1). */
const MAX_IDENTITIES = 2;

/**
 * Who calls. A trusted gateway is believed what it asserts (P-Asserted-Identity), a telephone number before a SIP URI, and
 * that he wants to stay unknown (Privacy). Of anybody else From is all there is.
 */
export function callerIdentity(request: SipRequest, isTrusted: boolean): Customer {
  const from = parseNameAddress(headerValue(request, 'From') ?? '');
  if (!isTrusted) return customerOf(from);
  if (hidesIdentity(request)) return { ...ANONYMOUS };
  const asserted = assertedIdentities(request).map(customerOf);
  const identity = asserted.find(({ number }) => number !== undefined) ?? asserted[0];
  if (!identity) return customerOf(from);
  // A From that hides the caller has no name for what the gateway says of him.
  const name = identity.name ?? (from?.uri.host === NOBODYS_HOST ? undefined : from?.displayName);
  return { ...identity, ...(name !== undefined && name !== '' && { name }) };
}

function hidesIdentity(request: SipRequest): boolean {
  const values = (headerValue(request, 'Privacy') ?? '').toLowerCase().split(';');
  return values.some((value) => HIDING.includes(value.trim()));
}

function assertedIdentities(request: SipRequest): NameAddress[] {
  return headerValues(request, 'P-Asserted-Identity')
    .slice(0, MAX_IDENTITIES)
    .map(parseNameAddress)
    .filter((identity) => identity !== undefined);
}

/** A number where the user part of the URI is one, else a SIP URI. */
function customerOf(address: NameAddress | undefined): Customer {
  if (!address) return {};
  const { displayName, uri } = address;
  const name = displayName ? { name: displayName } : {};
  const user = uri.user ?? (uri.scheme === 'tel' ? uri.opaque?.split(';')[0] : undefined);
  if (user !== undefined && NUMBER.test(user)) return { ...name, number: user };
  return { ...name, sipUri: formatUri({ ...uri, params: new Map(), headers: new Map() }) };
}
