import { ERRORS, type ErrorCode } from '../../domain/errors.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { Leg } from '../../flow/leg.ts';
import { findNumber, type NumberDirectory } from '../../flow/routing/find-number.ts';
import { refusalOf } from '../../flow/routing/number-status.ts';
import type { Clock } from '../../lib/clock.ts';
import { isPrivateOrLoopback } from '../../lib/ip-address.ts';
import type { Logger } from '../../lib/logger.ts';
import type { MediaPool } from '../../media/media-session.ts';
import type { DigestVerifier } from '../../sip/auth/digest-verifier.ts';
import { headerValue } from '../../sip/message/headers.ts';
import type { SipRequest } from '../../sip/message/message.ts';
import { parseNameAddress } from '../../sip/message/name-address.ts';
import type { InviteServerSession, Source } from '../../sip/session/session.ts';
import { SipRejection } from '../../sip/session/session.ts';
import { callerIdentity } from './caller-identity.ts';
import { algorithmsFor } from './digest-algorithms.ts';
import { DEFAULT_MEDIA_POLICY, type MediaPolicy, srtpMode } from './media-policy.ts';
import { negotiate } from './negotiation.ts';
import { isScanner } from './scanners.ts';
import { SipLeg } from './sip-leg.ts';
import type { SourceLimiter } from './source-limiter.ts';

/** Longest value of an X- header that becomes a variable, and how many of them are read. */
const MAX_HEADER_LENGTH = 2_000;
const MAX_HEADERS = 50;
/** Seconds after which a caller who was shed may try again. */
const RETRY_AFTER_SECONDS = 5;

export interface SipCarrierOptions {
  numbers: NumberDirectory;
  media: MediaPool;
  digest: DigestVerifier;
  limiter: SourceLimiter;
  /** Put into SDP; unset: the local address on the route to the peer. */
  publicHost: string | undefined;
  bindAddress: string;
  /** Unset: {@link DEFAULT_MEDIA_POLICY}. */
  mediaPolicy?: MediaPolicy;
  /** Default realm of a number whose `authentication` names none. */
  realm: string;
  /**
   * @param leg while its media is being opened; rejects where that fails, and so must the call.
   * @param arrivedAt when the INVITE came, on the monotonic clock.
   */
  receive: (leg: Promise<Leg>, number: PhoneNumber, arrivedAt: number) => Promise<void>;
  isDraining: () => boolean;
  onRejected: (status: number) => void;
  onDropped: (cause: 'scanner' | 'rate') => void;
  clock: Clock;
  logger: Logger;
}

/** Our own SIP listener as a carrier: turns an INVITE into a leg of the number that it calls, or refuses it. */
export class SipCarrier {
  readonly #options: SipCarrierOptions;

  constructor(options: SipCarrierOptions) {
    this.#options = options;
  }

  /** Asked by the stack before it makes any state. */
  admit(request: SipRequest, source: Source): 'accept' | 'drop' | 'shed' {
    const { limiter, isDraining, onDropped } = this.#options;
    if (isScanner(headerValue(request, 'User-Agent'))) {
      onDropped('scanner');
      return 'drop';
    }
    if (!limiter.take(source.address)) {
      onDropped('rate');
      return 'drop';
    }
    return isDraining() ? 'shed' : 'accept';
  }

  /** Takes a new INVITE; every failure ends in a SIP answer. */
  onInvite(session: InviteServerSession): void {
    const logger = this.#options.logger.child({ sipCallId: session.callId, source: session.source.address });
    this.#invite(session, this.#options.clock.monotonic(), logger).catch((error: unknown) => {
      if (error instanceof SipRejection) return this.#reject(session, error.status, error.headers);
      logger.error({ err: error }, 'an INVITE could not be served');
      this.#refuse(session, isPortsExhausted(error) ? 'ports-exhausted' : 'internal');
    });
  }

  async #invite(session: InviteServerSession, arrivedAt: number, logger: Logger): Promise<void> {
    const number = await this.#numberFor(session);
    if (!number) {
      logger.info({ user: session.request.uri.user }, 'an INVITE for an unknown number was refused');
      return this.#refuse(session, 'not-found');
    }
    if (!this.#isAuthorised(session, number)) return;
    const refusal = refusalOf(number);
    if (refusal) return this.#refuse(session, refusal);
    await this.#options.receive(this.#makeLeg(session), number, arrivedAt);
  }

  async #numberFor({ request, source }: InviteServerSession): Promise<PhoneNumber | undefined> {
    const user =
      request.uri.user ?? (request.uri.scheme === 'tel' ? request.uri.opaque?.split(';')[0] : undefined);
    const number = user ? await findNumber(this.#options.numbers, user) : undefined;
    if (number?.privateCallersOnly && !isPrivateOrLoopback(source.address)) return undefined;
    return number;
  }

  /** Checks the digest where the number asks for one; a challenge has been sent when it returns false. */
  #isAuthorised(session: InviteServerSession, number: PhoneNumber): boolean {
    const { authentication } = number;
    if (!authentication) return true;
    const { digest, realm: defaultRealm } = this.#options;
    const realm = authentication.realm ?? defaultRealm;
    const account = { realm, username: authentication.username, password: authentication.password.reveal() };
    const verdict = digest.verify(session.request, account);
    if (verdict === 'ok') return true;
    const algorithms = algorithmsFor(headerValue(session.request, 'User-Agent'));
    const challenges = digest.challenge(realm, { stale: verdict === 'stale', algorithms });
    const headers = challenges.map((value) => ({ name: 'WWW-Authenticate', value }));
    this.#refuse(session, 'unauthorized', headers);
    return false;
  }

  async #makeLeg(session: InviteServerSession): Promise<SipLeg> {
    const { media: pool, publicHost, bindAddress, clock } = this.#options;
    const { mediaPolicy = DEFAULT_MEDIA_POLICY } = this.#options;
    const { request, offer } = session;
    const srtp = srtpMode(mediaPolicy, session.source.protocol);
    if (!srtp) throw new SipRejection(488, 'SRTP is required, and its keys are only taken over TLS');
    const media = await pool.createSession({ bindAddress });
    const address = publicHost ?? session.localAddress;
    const local = { address, port: media.localPort, sessionId: clock.now() };
    const negotiation = negotiate(local, mediaPolicy, srtp);
    try {
      const first = offer === undefined ? undefined : negotiation.answer(offer);
      const customer = callerIdentity(parseNameAddress(headerValue(request, 'From') ?? ''));
      const dialled = request.uri.user ?? request.rawUri;
      return new SipLeg({
        session,
        media,
        negotiation,
        dialled,
        customer,
        headers: extensionHeaders(request),
        first,
      });
    } catch (error) {
      await media.close();
      throw error;
    }
  }

  /** Answers with what the catalogue has for this error. */
  #refuse(
    session: InviteServerSession,
    code: ErrorCode,
    headers: { name: string; value: string }[] = [],
  ): void {
    this.#reject(session, ERRORS[code].sip, headers);
  }

  #reject(
    session: InviteServerSession,
    status: number,
    headers: { name: string; value: string }[] = [],
  ): void {
    const retry = status === 503 ? [{ name: 'Retry-After', value: String(RETRY_AFTER_SECONDS) }] : [];
    this.#options.onRejected(status);
    session.reject(status, { headers: [...headers, ...retry] });
  }
}

/** The X- headers of the INVITE, names in lower case; the first of a name counts. */
function extensionHeaders(request: SipRequest): Record<string, string> {
  const found: Record<string, string> = Object.create(null);
  let count = 0;
  for (const { name, value } of request.headers) {
    const key = name.toLowerCase();
    if (!key.startsWith('x-') || key in found || count >= MAX_HEADERS) continue;
    found[key] = value.slice(0, MAX_HEADER_LENGTH);
    count += 1;
  }
  return { ...found };
}

function isPortsExhausted(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ports-exhausted';
}
