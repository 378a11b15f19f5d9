import { ERRORS, type ErrorCode } from '../../domain/errors.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { Trunk } from '../../domain/trunks/trunk.ts';
import type { Leg } from '../../flow/leg.ts';
import { refusalOf } from '../../flow/routing/number-status.ts';
import type { Clock } from '../../lib/clock.ts';
import { isPrivateOrLoopback, type NetworkSet } from '../../lib/ip-address.ts';
import type { Logger } from '../../lib/logger.ts';
import type { MediaPool } from '../../media/media-session.ts';
import type { DigestVerifier } from '../../sip/auth/digest-verifier.ts';
import { headerValue } from '../../sip/message/headers.ts';
import type { SipRequest } from '../../sip/message/message.ts';
import type { InviteServerSession, Source } from '../../sip/session/session.ts';
import { SipRejection } from '../../sip/session/session.ts';
import { callerIdentity } from './caller-identity.ts';
import { callingAddress } from './calling-address.ts';
import { algorithmsFor } from './digest-algorithms.ts';
import { negotiate } from './negotiation.ts';
import { isScanner } from './scanners.ts';
import { SipLeg } from './sip-leg.ts';
import type { SourceLimiter } from './source-limiter.ts';
import type { Entrance, TrunkEntrance } from './trunk-entrance.ts';
import type { TrunkRegistry } from './trunk-registry.ts';

/** Longest value of an X- header that becomes a variable, and how many of them are read. */
const MAX_HEADER_LENGTH = 2_000;
const MAX_HEADERS = 50;
/** Seconds after which a caller who was shed may try again. */
const RETRY_AFTER_SECONDS = 5;

export interface SipCarrierOptions {
  entrance: Pick<TrunkEntrance, 'find'>;
  trunks: Pick<TrunkRegistry, 'isGateway' | 'countCall' | 'addStranger'>;
  /** Proxies of our own: the caller's address is the one that they have seen. */
  proxies: NetworkSet;
  /** What callers of a trunk's numbers get who are not its gateways: nothing at all, or a 403. */
  strangers: 'silence' | 'refuse';
  media: MediaPool;
  digest: DigestVerifier;
  limiter: SourceLimiter;
  /** Put into SDP; unset: the local address on the route to the peer. */
  publicHost: string | undefined;
  bindAddress: string;
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
  /** What an INVITE is for, where it was asked before the INVITE was taken. */
  readonly #entrances = new WeakMap<SipRequest, Entrance>();

  constructor(options: SipCarrierOptions) {
    this.#options = options;
  }

  /** Asked by the stack before it makes any state. */
  admit(request: SipRequest, source: Source): 'accept' | 'drop' | 'shed' {
    const { limiter, isDraining, onDropped, trunks } = this.#options;
    if (isScanner(headerValue(request, 'User-Agent'))) {
      onDropped('scanner');
      return 'drop';
    }
    const address = this.#addressOf(request, source);
    const isGateway = trunks.isGateway(address);
    if (!isGateway && !limiter.take(address)) {
      onDropped('rate');
      return 'drop';
    }
    // Who was not answered must not learn by his CANCEL that somebody is here.
    if (!isGateway && this.#isSilent && request.method === 'CANCEL') return 'drop';
    return isDraining() ? 'shed' : 'accept';
  }

  /** Asked of each new INVITE before anything is answered, where strangers to a trunk are to hear nothing. */
  recognises(request: SipRequest, source: Source): true | Promise<boolean> {
    return this.#isSilent ? this.#isRecognised(request, source) : true;
  }

  async #isRecognised(request: SipRequest, source: Source): Promise<boolean> {
    const address = this.#addressOf(request, source);
    const entrance = await this.#options.entrance.find(request, address);
    this.#entrances.set(request, entrance);
    if (entrance.kind !== 'stranger') return true;
    this.#noteStranger(entrance, request, address);
    return false;
  }

  #addressOf(request: SipRequest, { address }: Source): string {
    return callingAddress(request, address, this.#options.proxies);
  }

  get #isSilent(): boolean {
    return this.#options.strangers === 'silence';
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
    const { request, source } = session;
    const { entrance, trunks, receive } = this.#options;
    const address = this.#addressOf(request, source);
    const found = this.#entrances.get(request) ?? (await entrance.find(request, address));
    if (found.kind === 'stranger') {
      this.#noteStranger(found, request, address);
      return this.#refuse(session, 'source-unknown');
    }
    if (found.kind === 'unknown' || !mayBeCalledFrom(found.number, address)) {
      logger.info({ user: request.uri.user }, 'an INVITE for an unknown number was refused');
      return this.#refuse(session, 'not-found');
    }
    const { number, trunk } = found;
    if (!this.#isAuthorised(session, number)) return;
    const refusal = refusalOf(number);
    if (refusal) return this.#refuse(session, refusal);
    if (trunk) trunks.countCall(trunk.id, 'in');
    await receive(this.#makeLeg(session, trunk), number, arrivedAt);
  }

  #noteStranger(
    { trunk, why }: Extract<Entrance, { kind: 'stranger' }>,
    { uri }: SipRequest,
    address: string,
  ): void {
    const { trunks, clock, logger, strangers } = this.#options;
    const dialled = uri.user ?? '';
    trunks.addStranger(trunk.id, { at: clock.now(), address, dialled, why });
    const action = strangers === 'silence' ? 'was not answered' : 'was refused';
    logger.info(
      { trunkId: trunk.id, source: address, user: dialled, why },
      `a stranger to a trunk ${action}`,
    );
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

  async #makeLeg(session: InviteServerSession, trunk: Trunk | undefined): Promise<SipLeg> {
    const { media: pool, publicHost, bindAddress, clock } = this.#options;
    const { request, offer } = session;
    const media = await pool.createSession({ bindAddress });
    const negotiation = negotiate({
      address: publicHost ?? session.localAddress,
      port: media.localPort,
      sessionId: clock.now(),
    });
    try {
      const first = offer === undefined ? undefined : negotiation.answer(offer);
      const customer = callerIdentity(request, trunk !== undefined);
      const dialled = request.uri.user ?? request.rawUri;
      return new SipLeg({
        session,
        carrier: trunk ? 'trunk' : 'sip',
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

/** The demo number is there for this machine and its network alone. */
function mayBeCalledFrom({ privateCallersOnly }: PhoneNumber, address: string): boolean {
  return !privateCallersOnly || isPrivateOrLoopback(address);
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
