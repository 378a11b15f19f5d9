import { isE164Number } from '../../domain/numbers/e164.ts';
import type { DialRequest } from '../../flow/dialer.ts';
import { admitUri, isSameNumber } from '../../flow/dialing/dial-policy.ts';
import { findNumber, type NumberDirectory } from '../../flow/routing/find-number.ts';
import type { OwnListener } from './own-listener.ts';

/** What is to be called, with the headers that go along. */
type Dialled = Pick<DialRequest, 'number' | 'destination' | 'headers' | 'replaces'>;

/**
 * Telephones and exchanges that know us as theirs write whatever somebody dials at our host. A telephone number there that our
 * own listener has no call for would come back to us as an INVITE to nobody, or to a trunk from a stranger: it is called as the
 * number that it is.
 * @returns the request for that number; undefined where it stays one for the URI
 * @throws {DialError} refused, for a URI that may not be written into a request
 */
export async function numberAtOurHost(
  { number, destination, headers, replaces }: Dialled,
  { own, numbers }: { own: Pick<OwnListener, 'isNamedBy'>; numbers: NumberDirectory },
): Promise<Pick<DialRequest, 'destination' | 'headers'> | undefined> {
  // A dialog that is to be replaced is where the URI says.
  if (destination.type === 'number' || replaces !== undefined) return undefined;
  const uri = admitUri(destination.sipUri);
  const { user } = uri;
  if (user === undefined || !isE164Number(user) || !own.isNamedBy(uri)) return undefined;
  // That one loops, which the gate says.
  if (number && isSameNumber(user, number)) return undefined;
  const ours = await findNumber(numbers, user);
  const isOnTrunk = ours?.carrier === 'trunk' && ours.credentialId !== undefined;
  if (ours && !isOnTrunk) return undefined;
  const { sipUri: _, sipHeaders, ...rest } = destination;
  return {
    destination: { ...rest, type: 'number', number: user, e164CheckEnabled: true },
    headers: { ...sipHeaders, ...headers },
  };
}
