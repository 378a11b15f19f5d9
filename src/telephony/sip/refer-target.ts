import type { TransferDestination } from '../../domain/numbers/destination.ts';
import { DialError } from '../../flow/dialer.ts';
import { admitNumber, admitUri } from '../../flow/dialing/dial-policy.ts';
import type { HeaderLine, SipUri } from '../../sip/message/message.ts';
import { formatUri } from '../../sip/message/uri.ts';
import { customerHeaders } from './customer-headers.ts';

/** Longest Refer-To: the whole REFER must stay below one datagram (RFC 3261 section 18.1.1). */
const MAX_CHARACTERS = 1_000;

/** What a REFER says: whom to call, and with what further headers. */
export interface ReferTarget {
  referTo: string;
  headers: HeaderLine[];
}

/**
 * The Refer-To of a destination. A number is called through the exchange that is asked, which knows it under its own host.
 * @param peerHost as it stands in a URI @param added headers of our own beside the customer's
 * @throws {DialError} refused, where it cannot be written into a request
 */
export function referTarget(
  destination: TransferDestination,
  added: Record<string, string>,
  peerHost: string,
): ReferTarget {
  const target = admitUri(
    destination.type === 'sip' ? destination.sipUri : `sip:${admitNumber(destination.number)}@${peerHost}`,
  );
  const own = destination.type === 'sip' ? destination.sipHeaders : undefined;
  const headers = customerHeaders({ ...own, ...added });
  const inUri = destination.transferPlan?.sipHeadersInReferToEnabled === true;
  const uri: SipUri = inUri
    ? {
        ...target,
        headers: new Map([...target.headers, ...headers.map(({ name, value }) => [name, value] as const)]),
      }
    : target;
  const referTo = `<${formatUri(uri)}>`;
  if (referTo.length > MAX_CHARACTERS) throw new DialError('refused', 'the Refer-To is too long');
  return { referTo, headers: inUri ? [] : headers };
}
