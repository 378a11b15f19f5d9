import type { Customer } from '../../domain/calls/call.ts';
import { isRelaxedNumber } from '../../domain/numbers/e164.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { DialError } from '../../flow/dialer.ts';
import { breaksLine } from '../../sip/message/characters.ts';
import { formatUri, parseUri } from '../../sip/message/uri.ts';

/** As `callerId`: the far end is not to see who calls. Not read as the extension of that name, which nobody has. */
const HIDDEN = 'anonymous';
/** Who does not say who he is (RFC 3323 section 4.1.1.3). */
const ANONYMOUS = { uri: 'sip:anonymous@anonymous.invalid', displayName: 'Anonymous' };

/** Who the far end of a new leg sees. */
export interface OutboundCaller {
  from: { uri: string; displayName?: string };
  /** Where it is a telephone number: what a trunk is told of it besides. */
  number: string | undefined;
  /** The number is for the trunk alone, which must not pass it on. */
  isHidden: boolean;
}

/**
 * The `callerId` of the request where it has one, `anonymous` for nobody; else the caller, as number or SIP URI; else the number that was called.
 * @param host ours, for a number's URI
 * @throws {DialError} refused, where `callerId` is neither a number nor a SIP URI
 */
export function outboundCaller(
  { callerId, customer, number }: { callerId?: string; customer: Customer; number: PhoneNumber | undefined },
  host: string,
): OutboundCaller {
  const own = number?.address === undefined ? undefined : read(number.address, host);
  // A trunk wants to know whose account a call is for, also where the person called must not.
  if (callerId?.toLowerCase() === HIDDEN) return { from: ANONYMOUS, number: own?.number, isHidden: true };
  if (callerId !== undefined) {
    const caller = read(callerId, host);
    if (!caller) throw new DialError('refused', 'the callerId is neither a telephone number nor a SIP URI');
    return caller;
  }
  const { name } = customer;
  const displayName = name === undefined || breaksLine(name) ? {} : { displayName: name };
  const caller = [customer.number, customer.sipUri]
    .map((text) => (text === undefined ? undefined : read(text, host)))
    .find((found) => found !== undefined);
  if (caller) return { ...caller, from: { ...caller.from, ...displayName } };
  return own ?? { from: ANONYMOUS, number: undefined, isHidden: false };
}

function read(text: string, host: string): OutboundCaller | undefined {
  if (isRelaxedNumber(text)) return { from: { uri: `sip:${text}@${host}` }, number: text, isHidden: false };
  if (breaksLine(text)) return undefined;
  const uri = parseUri(text);
  if (uri?.scheme !== 'sip' && uri?.scheme !== 'sips') return undefined;
  const bare = { ...uri, params: new Map<string, string>(), headers: new Map<string, string>() };
  delete bare.password;
  return { from: { uri: formatUri(bare) }, number: undefined, isHidden: false };
}
