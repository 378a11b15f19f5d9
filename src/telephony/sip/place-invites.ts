import { DialError } from '../../flow/dialer.ts';
import type { Clock } from '../../lib/clock.ts';
import type { SipResponse } from '../../sip/message/message.ts';
import { parseNameAddress } from '../../sip/message/name-address.ts';
import { formatUri } from '../../sip/message/uri.ts';
import { splitList } from '../../sip/message/value-reader.ts';
import { type InviteClientSession, SipRejection } from '../../sip/session/session.ts';
import { dialErrorOf } from './dial-error.ts';
import type { DialTarget } from './dial-target.ts';

/**
 * How long a target may take for its first response of any kind, in milliseconds. A 100 is due within 200 ms (RFC 3261
 * section 17.2.1) and four copies of the INVITE have been sent by now; waiting for timer B (32 s) would lose the caller.
 */
export const FIRST_RESPONSE_LIMIT_MS = 5_000;
/** Statuses that send the call elsewhere (RFC 3261 sections 21.3.2 and 21.3.3). */
const REDIRECTS = [301, 302];
/** The gateway is overloaded or down, which says nothing of the one behind it (RFC 3263 section 4.3). */
const GATEWAY_DOWN = 503;

export interface Placement {
  /** Tried in order. */
  targets: readonly DialTarget[];
  invite(target: DialTarget): InviteClientSession;
  /** Where a redirection leads; followed once. @throws {DialError} */
  redirect(contact: string): Promise<DialTarget>;
  /** Told of each INVITE that goes out. */
  onInvite(session: InviteClientSession, target: DialTarget): void;
  /** Takes the call back, with a {@link DialError} as reason. */
  signal: AbortSignal;
  clock: Clock;
}

/**
 * Sends INVITEs until one is answered: to the next target where one is down, to the Contact of a redirection once.
 * @throws {DialError} how the last one failed, or the reason of the signal.
 */
export async function placeInvites(
  placement: Placement,
): Promise<{ session: InviteClientSession; response: SipResponse }> {
  const left = [...placement.targets];
  let wasRedirected = false;
  let failure = new DialError('unreachable', 'there is nowhere to send the call');
  for (let target = left.shift(); target; target = left.shift()) {
    placement.signal.throwIfAborted();
    const session = placement.invite(target);
    placement.onInvite(session, target);
    try {
      return { session, response: await answerOf(session, placement) };
    } catch (error) {
      if (!(error instanceof SipRejection)) throw error;
      const contact = wasRedirected ? undefined : redirectionOf(error);
      if (contact !== undefined) {
        wasRedirected = true;
        left.splice(0, left.length, await placement.redirect(contact));
        continue;
      }
      const isPeers = session.end?.by === 'peer';
      failure = dialErrorOf(error, isPeers);
      if (isPeers && error.status !== GATEWAY_DOWN) throw failure;
    }
  }
  throw failure;
}

/** @throws {SipRejection} how it was refused; the reason of the signal */
async function answerOf(
  session: InviteClientSession,
  { signal, clock }: Pick<Placement, 'signal' | 'clock'>,
): Promise<SipResponse> {
  const givenUp = Promise.withResolvers<never>();
  const giveUp = (reason: unknown) => {
    session.cancel();
    givenUp.reject(reason);
  };
  const onAbort = () => giveUp(signal.reason);
  const timer = clock.setTimeout(
    () => giveUp(new SipRejection(408, `no response within ${FIRST_RESPONSE_LIMIT_MS} ms`)),
    FIRST_RESPONSE_LIMIT_MS,
  );
  const stop = session.provisionals.on(() => clock.clearTimeout(timer));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([session.answered, givenUp.promise]);
  } finally {
    clock.clearTimeout(timer);
    stop();
    signal.removeEventListener('abort', onAbort);
  }
}

/** The URI of the first Contact of a redirection. */
function redirectionOf({ status, headers }: SipRejection): string | undefined {
  if (!REDIRECTS.includes(status)) return undefined;
  const value = headers.find(({ name }) => name.toLowerCase() === 'contact')?.value ?? '';
  const first = splitList(value)[0];
  const uri = first === undefined ? undefined : parseNameAddress(first)?.uri;
  return uri && formatUri(uri);
}
