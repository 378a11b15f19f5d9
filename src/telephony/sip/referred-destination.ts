import type { TransferDestination } from '../../domain/numbers/destination.ts';
import type { TransferRequest } from '../../flow/leg.ts';
import { breaksLine } from '../../sip/message/characters.ts';
import type { SipUri } from '../../sip/message/message.ts';
import { formatUri } from '../../sip/message/uri.ts';

/** Longest Replaces that is passed on: several times what exchanges write. */
const MAX_REPLACES_CHARACTERS = 512;

/**
 * Whom a Refer-To names (RFC 3515 section 2.1). Of the headers that it wants in the INVITE only Replaces is taken: the others
 * are for the exchange to say.
 * @returns undefined where it asks for something else than a call, or cannot be written into a request
 */
export function referredDestination(
  referTo: SipUri,
): Pick<TransferRequest, 'destination' | 'replaces'> | undefined {
  const { scheme, user, params, headers } = referTo;
  if (scheme === 'tel' && user !== undefined) {
    const destination: TransferDestination = { type: 'number', number: user, e164CheckEnabled: true };
    return { destination, replaces: undefined };
  }
  if (scheme !== 'sip' && scheme !== 'sips') return undefined;
  if ((params.get('method') ?? 'INVITE').toUpperCase() !== 'INVITE') return undefined;
  const [, replaces] = [...headers].find(([name]) => name.toLowerCase() === 'replaces') ?? [];
  if (replaces !== undefined && (replaces.length > MAX_REPLACES_CHARACTERS || breaksLine(replaces)))
    return undefined;
  const plain = { ...referTo, params: new Map(params), headers: new Map<string, string>() };
  plain.params.delete('method');
  return { destination: { type: 'sip', sipUri: formatUri(plain) }, replaces };
}
