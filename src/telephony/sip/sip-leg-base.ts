import type { Customer } from '../../domain/calls/call.ts';
import type { Carrier } from '../../domain/numbers/number.ts';
import { DialError } from '../../flow/dialer.ts';
import type { Leg, LegEnd, LegReferral, ReferRequest, TransferRequest } from '../../flow/leg.ts';
import { Emitter } from '../../lib/emitter.ts';
import { newId } from '../../lib/ids.ts';
import type { MediaParams, MediaSession } from '../../media/media-session.ts';
import { formatHostPort } from '../../sip/message/uri.ts';
import type { SrtpMode } from '../../sip/session/offer-answer.ts';
import {
  type IncomingReferral,
  type InviteSession,
  type SessionEnd,
  SipRejection,
} from '../../sip/session/session.ts';
import { dialErrorOf } from './dial-error.ts';
import { parseInfoDtmf } from './info-dtmf.ts';
import { referTarget } from './refer-target.ts';
import { referredDestination } from './referred-destination.ts';

/** What an offer says to one peer and not to another. */
export interface OfferTerms {
  srtp?: SrtpMode;
  /** Where we take audio: our address on the way to him. */
  address: string;
}

/** What the SDP of a leg settles, over and over while the call lives. */
export interface LegNegotiation {
  /** Answers this offer. @throws {SipRejection} when nothing fits. */
  answer(offer: string): { sdp: string; media: MediaParams };
  /** Our offer. @param to whom it is for, and later ones too; unset: as before */
  offer(to?: OfferTerms): string;
  /** Reads the answer to our offer. @throws {SipRejection} */
  readAnswer(answer: string): MediaParams;
}

export interface SipLegFacts {
  carrier: Carrier;
  dialled: string;
  customer: Customer;
  /** X- headers, names in lower case. */
  headers: Record<string, string>;
  media: MediaSession;
  /** Another leg has this media until ours is answered. */
  borrowsMedia?: boolean;
  negotiation: LegNegotiation;
  /** Whether the far end may move the call: we have called it, or know who it is. */
  mayTransfer: boolean;
  /** The trunk that the call came or goes over; undefined where it is none's. */
  trunkId?: string | undefined;
}

/** Whose dialog a session is, for an INVITE that takes it over. */
const LEGS = new WeakMap<InviteSession, SipLegBase>();

/** What an inbound and an outbound leg do alike once there is a SIP session: keys, hold, re-INVITEs, the end. */
export abstract class SipLegBase {
  readonly id = newId();
  readonly transport = 'sip';
  readonly ended = new Emitter<LegEnd>();
  readonly held = new Emitter<boolean>();
  readonly dtmf = new Emitter<{ digit: string; durationMs: number; at: number }>();
  readonly carrier: Carrier;
  readonly media: MediaSession;
  readonly dialled: string;
  readonly customer: Customer;
  readonly headers: Record<string, string>;
  /** Whether the far end may move the call. */
  readonly mayTransfer: boolean;
  /** The trunk that the call came or goes over. */
  readonly trunkId: string | undefined;
  onTransferRequest?: (request: TransferRequest) => void;
  onTakenOver?: (by: Leg) => void;
  protected readonly negotiation: LegNegotiation;
  #end: LegEnd | undefined;
  #isHeld = false;
  #session: InviteSession | undefined;
  #hasMedia: boolean;

  protected constructor(facts: SipLegFacts) {
    const { carrier, dialled, customer, headers, media, negotiation, mayTransfer, borrowsMedia } = facts;
    this.trunkId = facts.trunkId;
    this.carrier = carrier;
    this.dialled = dialled;
    this.customer = customer;
    this.headers = headers;
    this.media = media;
    this.negotiation = negotiation;
    this.mayTransfer = mayTransfer;
    this.#hasMedia = borrowsMedia !== true;
  }

  /** The leg whose session this is; none before a leg that we place is answered. */
  static of(session: InviteSession): SipLegBase | undefined {
    return LEGS.get(session);
  }

  get end(): LegEnd | undefined {
    return this.#end;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  abstract get source(): { address: string; port: number };

  /** Who we are to the far end. */
  protected abstract get localUri(): string;

  /** Takes what this session tells; one that has ended already ends the leg. */
  protected follow(session: InviteSession): void {
    this.#session = session;
    LEGS.set(session, this);
    session.onRefer = (referral) => this.#onRefer(referral);
    if (session.end) this.finish(legEnd(session.end));
    session.ended.on((end) => this.finish(legEnd(end)));
    session.infos.on(({ contentType, body }) => {
      const key = parseInfoDtmf(contentType, body);
      if (key) this.dtmf.emit({ ...key, at: performance.timeOrigin + performance.now() });
    });
    session.onOffer = (offer) => this.#onOffer(offer);
    session.onAnswer = (answer) => this.#reconfigure(this.negotiation.readAnswer(answer));
  }

  giveUpMedia(): void {
    this.#hasMedia = false;
  }

  /** The leg is answered: what it had borrowed is its own. */
  protected takeMedia(): void {
    this.#hasMedia = true;
  }

  protected async closeMedia(): Promise<void> {
    if (this.#hasMedia) await this.media.close();
  }

  /** REFER in the dialog (RFC 3515). @throws {DialError} when the peer refuses, or the destination cannot be written */
  async refer({ destination, headers }: ReferRequest): Promise<LegReferral> {
    const session = this.#session;
    if (!session || this.end) throw new DialError('failed', 'there is no call to refer');
    const target = referTarget(destination, headers, formatHostPort(this.source.address));
    try {
      return await session.refer({ ...target, referredBy: `<${this.localUri}>` });
    } catch (error) {
      if (!(error instanceof SipRejection)) throw error;
      throw dialErrorOf(error, true);
    }
  }

  /** The signalling's source tells the media which private address the peer's own network has. */
  protected apply(media: MediaParams): void {
    this.#isHeld = media.direction === 'recvonly' || media.direction === 'inactive';
    if (!this.#hasMedia) return;
    this.media.configure({ ...media, signallingAddress: this.source.address });
  }

  protected finish(end: LegEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.ended.emit(end);
  }

  #onRefer(referral: IncomingReferral): void {
    const asked = referredDestination(referral.referTo);
    if (!this.onTransferRequest || !asked) referral.reject(603);
    else if (!this.mayTransfer) referral.reject(403);
    else
      this.onTransferRequest({
        ...asked,
        referredBy: referral.referredBy,
        accept: () => referral.accept(),
        notify: (status, reason) => referral.notify(status, reason),
        reject: (status) => referral.reject(status),
      });
  }

  #onOffer(offer: string | undefined): string {
    if (offer === undefined) return this.negotiation.offer();
    const { sdp, media } = this.negotiation.answer(offer);
    this.#reconfigure(media);
    return sdp;
  }

  #reconfigure(media: MediaParams): void {
    this.apply(media);
    this.held.emit(this.#isHeld);
  }
}

function legEnd({ by, cancelled, status, reason }: SessionEnd): LegEnd {
  return {
    by,
    ...(cancelled && { cancelled }),
    ...(status !== undefined && { code: status }),
    ...(reason && { detail: reason }),
  };
}
