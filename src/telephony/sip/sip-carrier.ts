import { ERRORS, type ErrorCode } from '../../domain/errors.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { Trunk } from '../../domain/trunks/trunk.ts';
import type { Leg } from '../../flow/leg.ts';
import { refusalOf } from '../../flow/routing/number-status.ts';
import type { Clock } from '../../lib/clock.ts';
import { isPrivateOrLoopback, type NetworkSet } from '../../lib/ip-address.ts';
import type { Logger } from '../../lib/logger.ts';
import type { MediaPool, MediaSession } from '../../media/media-session.ts';
import type { DigestVerdict, DigestVerifier } from '../../sip/auth/digest-verifier.ts';
import { headerValue } from '../../sip/message/headers.ts';
import type { SipRequest } from '../../sip/message/message.ts';
import type { Admission, InviteServerSession, Source } from '../../sip/session/session.ts';
import { SipRejection } from '../../sip/session/session.ts';
import { CallerAuthentication } from './caller-authentication.ts';
import { callerIdentity } from './caller-identity.ts';
import { callingAddress } from './calling-address.ts';
import { DEFAULT_MEDIA_POLICY, type MediaPolicy, srtpMode } from './media-policy.ts';
import { negotiate } from './negotiation.ts';
import type { OverloadWatch } from './overload-watch.ts';
import { isScanner } from './scanners.ts';
import { SipLeg } from './sip-leg.ts';
import { SipLegBase } from './sip-leg-base.ts';
import type { SourceBans } from './source-bans.ts';
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
  trunks: Pick<TrunkRegistry, 'isGateway' | 'isGatewayOf' | 'countCall' | 'addStranger'>;
  /** Proxies of our own: the caller's address is the one that they have seen. */
  proxies: NetworkSet;
  /** What callers of a trunk's numbers get who are not its gateways: nothing at all, as those of no number then, or a 403. */
  strangers: 'silence' | 'refuse';
  media: MediaPool;
  digest: DigestVerifier;
  limiter: SourceLimiter;
  bans: SourceBans;
  /** What callers of users that there are not get: a 404, or a challenge that no credentials answer, as strangers to a trunk. */
  unknownUsers: 'refuse' | 'challenge';
  /** Put into SDP; unset: the local address on the route to the peer. */
  publicHost: string | undefined;
  bindAddress: string;
  /** Unset: {@link DEFAULT_MEDIA_POLICY}. */
  mediaPolicy?: MediaPolicy;
  /** Realm of a number whose `authentication` names none. */
  realm: string;
  /**
   * Counts the call as active before it returns.
   * @param leg while its media is being opened; rejects where that fails, and so must the call.
   * @param arrivedAt when the INVITE came, on the monotonic clock.
   */
  receive: (leg: Promise<Leg>, number: PhoneNumber, arrivedAt: number) => Promise<void>;
  overload: Pick<OverloadWatch, 'retryAfterOf' | 'isFull'>;
  onRejected: (status: number) => void;
  onDropped: (cause: 'scanner' | 'rate' | 'banned') => void;
  onShed: () => void;
  onVerdict: (verdict: DigestVerdict) => void;
  clock: Clock;
  logger: Logger;
}

/** Our own SIP listener as a carrier: turns an INVITE into a leg of the number that it calls, or refuses it. */
export class SipCarrier {
  readonly #options: SipCarrierOptions;
  /** What an INVITE is for, where it was asked before the INVITE was taken. */
  readonly #entrances = new WeakMap<SipRequest, Entrance>();

  readonly #authentication: CallerAuthentication;

  constructor(options: SipCarrierOptions) {
    this.#options = options;
    this.#authentication = new CallerAuthentication(options);
  }

  /** Asked by the stack before it makes any state. */
  admit(request: SipRequest, source: Source): Admission {
    const { limiter, bans, overload, onDropped, onShed, trunks } = this.#options;
    if (isScanner(headerValue(request, 'User-Agent'))) {
      onDropped('scanner');
      return 'drop';
    }
    const address = this.#addressOf(request, source);
    const isGateway = trunks.isGateway(address);
    if (!isGateway && bans.isBanned(address)) {
      onDropped('banned');
      return 'drop';
    }
    if (!isGateway && !limiter.take(address)) {
      onDropped('rate');
      return 'drop';
    }
    // Who was not answered must not learn by his CANCEL that somebody is here.
    if (!isGateway && this.#isSilent && request.method === 'CANCEL') return 'drop';
    const shedSeconds = overload.retryAfterOf(request);
    if (shedSeconds === undefined) return 'accept';
    onShed();
    return { shedSeconds };
  }

  /** Asked of each new INVITE before anything is answered, where strangers to a trunk are to hear nothing. */
  recognises(request: SipRequest, source: Source): true | Promise<boolean> {
    return this.#isSilent ? this.#isRecognised(request, source) : true;
  }

  async #isRecognised(request: SipRequest, source: Source): Promise<boolean> {
    const address = this.#addressOf(request, source);
    const entrance = await this.#find(request, address);
    this.#entrances.set(request, entrance);
    if (entrance.kind === 'stranger') {
      this.#noteStranger(entrance, request, address);
      return false;
    }
    // A number that there is not must look like one that only a gateway may call. A gateway itself is told which it is.
    if (entrance.kind === 'number' || this.#options.trunks.isGateway(address)) return true;
    const { user } = request.uri;
    this.#options.logger.info({ source: address, user }, 'an INVITE for an unknown number was not answered');
    return false;
  }

  async #find(request: SipRequest, address: string): Promise<Entrance> {
    const found = await this.#options.entrance.find(request, address);
    return found.kind === 'number' && !mayBeCalledFrom(found.number, address) ? { kind: 'unknown' } : found;
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
    const { trunks, receive, overload, onShed } = this.#options;
    const address = this.#addressOf(request, source);
    if (session.replaces) return this.#takeOver(session, address, logger);
    const found = this.#entrances.get(request) ?? (await this.#find(request, address));
    if (found.kind === 'stranger') {
      this.#noteStranger(found, request, address);
      const { unknownUsers } = this.#options;
      if (unknownUsers === 'challenge') return this.#refuseUnknown(session, address);
      return this.#refuse(session, 'source-unknown');
    }
    if (found.kind === 'unknown') {
      logger.info({ user: request.uri.user }, 'an INVITE for an unknown number was refused');
      return this.#refuseUnknown(session, address);
    }
    const { number, trunk } = found;
    const { authentication } = number;
    const challenge =
      authentication && this.#authentication.challengeFor({ request, address }, authentication);
    if (challenge) return this.#refuse(session, 'unauthorized', challenge);
    const refusal = refusalOf(number);
    if (refusal) return this.#refuse(session, refusal);
    // Others of its burst have come in while it was looked up.
    if (overload.isFull) {
      onShed();
      return this.#reject(session, 503);
    }
    if (trunk) trunks.countCall(trunk.id, 'in');
    const mayTransfer = trunk !== undefined || authentication !== undefined;
    await receive(this.#makeLeg(session, { trunk, mayTransfer }), number, arrivedAt);
  }

  /**
   * An INVITE that takes over the dialog of a call (RFC 3891). Whoever knows the dialog's tags may still be no friend: it has
   * to come from where the other end of that dialog is, or from a gateway of the trunk that this one is on.
   */
  async #takeOver(session: InviteServerSession, address: string, logger: Logger): Promise<void> {
    const { trunks } = this.#options;
    const left = session.replaces && SipLegBase.of(session.replaces.session);
    const trunkId = left?.trunkId;
    const isGateway = trunkId !== undefined && trunks.isGatewayOf(trunkId, address);
    if (!left || (!isGateway && left.source.address !== address)) {
      logger.warn({ source: address }, 'an INVITE that would take a call over was refused');
      return this.#reject(session, 403);
    }
    if (!left.onTakenOver) return this.#reject(session, 603);
    const mayTransfer = isGateway || left.mayTransfer;
    const { media } = left;
    left.onTakenOver(await this.#makeLeg(session, { trunk: undefined, trunkId, mayTransfer, media }));
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

  /** Whoever tries users out must not learn which there are. */
  #refuseUnknown(session: InviteServerSession, address: string): void {
    if (this.#options.unknownUsers === 'refuse') this.#refuse(session, 'not-found');
    else
      this.#refuse(
        session,
        'unauthorized',
        this.#authentication.decoyChallenge({ request: session.request, address }),
      );
  }

  /** `media`: that of another leg, which ours has once it is answered. */
  async #makeLeg(
    session: InviteServerSession,
    {
      trunk,
      trunkId = trunk?.id,
      mayTransfer,
      media: borrowed,
    }: {
      trunk: Trunk | undefined;
      trunkId?: string | undefined;
      mayTransfer: boolean;
      media?: MediaSession;
    },
  ): Promise<SipLeg> {
    const { media: pool, publicHost, bindAddress, clock } = this.#options;
    const { mediaPolicy = DEFAULT_MEDIA_POLICY } = this.#options;
    const { request, offer } = session;
    const srtp = srtpMode(mediaPolicy, session.source.protocol);
    if (!srtp) throw new SipRejection(488, 'SRTP is required, and its keys are only taken over TLS');
    const media = borrowed ?? (await pool.createSession({ bindAddress }));
    const address = publicHost ?? session.localAddress;
    const local = { address, port: media.localPort, sessionId: clock.now() };
    const negotiation = negotiate(local, mediaPolicy, srtp);
    try {
      const first = offer === undefined ? undefined : negotiation.answer(offer);
      const customer = callerIdentity(request, trunk !== undefined);
      const dialled = request.uri.user ?? request.rawUri;
      return new SipLeg({
        session,
        carrier: trunk ? 'trunk' : 'sip',
        media,
        borrowsMedia: borrowed !== undefined,
        mayTransfer,
        trunkId,
        negotiation,
        dialled,
        customer,
        headers: extensionHeaders(request),
        first,
      });
    } catch (error) {
      if (!borrowed) await media.close();
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
