import type { NetworkSet } from '../../lib/ip-address.ts';
import { addressKind } from '../../lib/ip-address.ts';
import { headerValues } from '../../sip/message/headers.ts';
import type { SipRequest } from '../../sip/message/message.ts';
import { parseVia } from '../../sip/message/via.ts';

/**
 * Where a request came from before proxies of our own handed it on. Each of them writes the address that it got the request
 * from into the Via line of who sent it (RFC 3261 section 18.2.1); a line that none of them vouches for is not looked at.
 * @param address of the packet
 */
export function callingAddress(request: SipRequest, address: string, proxies: NetworkSet): string {
  if (!proxies.includes(address)) return address;
  let sender = address;
  for (const value of headerValues(request, 'Via').slice(1)) {
    if (!proxies.includes(sender)) return sender;
    const via = parseVia(value);
    const before = via?.received ?? via?.host ?? '';
    // A name is no address that anybody has seen.
    if (addressKind(before) === undefined) return sender;
    sender = before;
  }
  return sender;
}
