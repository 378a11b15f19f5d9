import type { Customer } from '../../domain/calls/call.ts';
import type { Leg, LegEnd } from '../../flow/leg.ts';
import { Emitter } from '../../lib/emitter.ts';
import { newId } from '../../lib/ids.ts';
import type { MediaParams, MediaSession } from '../../media/media-session.ts';
import { type InviteServerSession, type SessionEnd, SipRejection } from '../../sip/session/session.ts';
import { parseInfoDtmf } from './info-dtmf.ts';

/** What the SDP of a leg settles, over and over while the call lives. */
export interface LegNegotiation {
  /** Answers this offer. @throws {SipRejection} when nothing fits. */
  answer(offer: string): { sdp: string; media: MediaParams };
  /** Our offer, for an INVITE or re-INVITE without one. */
  offer(): string;
  /** Reads the answer to our offer. @throws {SipRejection} */
  readAnswer(answer: string): MediaParams;
}

export interface SipLegOptions {
  session: InviteServerSession;
  media: MediaSession;
  negotiation: LegNegotiation;
  dialled: string;
  customer: Customer;
  headers: Record<string, string>;
  /** Answer to the INVITE's offer; unset where the offer comes late, in our 200. */
  first: { sdp: string; media: MediaParams } | undefined;
}

/** An inbound SIP call as a leg: signalling by the session, audio by the media session. */
export class SipLeg implements Leg {
  readonly id = newId();
  readonly direction = 'inbound';
  readonly carrier = 'sip';
  readonly transport = 'sip';
  readonly ended = new Emitter<LegEnd>();
  readonly held = new Emitter<boolean>();
  readonly dtmf = new Emitter<{ digit: string; durationMs: number; at: number }>();
  readonly media: MediaSession;
  readonly dialled: string;
  readonly customer: Customer;
  readonly headers: Record<string, string>;
  readonly #options: SipLegOptions;
  #accepted = false;
  #end: LegEnd | undefined;

  constructor(options: SipLegOptions) {
    this.#options = options;
    this.media = options.media;
    this.dialled = options.dialled;
    this.customer = options.customer;
    this.headers = options.headers;
    const { session } = options;
    if (session.end) this.#finish(legEnd(session.end));
    session.ended.on((end) => this.#finish(legEnd(end)));
    session.infos.on(({ contentType, body }) => {
      const key = parseInfoDtmf(contentType, body);
      if (key) this.dtmf.emit({ ...key, at: performance.timeOrigin + performance.now() });
    });
    session.onOffer = (offer) => this.#onOffer(offer);
    session.onAnswer = (answer) => this.#configure(this.#options.negotiation.readAnswer(answer));
  }

  get end(): LegEnd | undefined {
    return this.#end;
  }

  get carrierCallId(): string {
    return this.#options.session.callId;
  }

  get source(): { address: string; port: number } {
    return this.#options.session.source;
  }

  ring(): void {
    if (!this.#end) this.#options.session.ring();
  }

  async answer(): Promise<void> {
    const { session, first, negotiation } = this.#options;
    if (this.#end) throw new SipRejection(487, 'the caller has left');
    if (first) this.#apply(first.media);
    this.#accepted = true;
    await session.accept(first ? first.sdp : negotiation.offer());
  }

  reject(status: number, reason?: string, retryAfterSeconds?: number): void {
    if (this.#end || this.#accepted) return;
    const headers = retryAfterSeconds ? [{ name: 'Retry-After', value: String(retryAfterSeconds) }] : [];
    this.#options.session.reject(status, { headers, ...(reason && { reason }) });
    void this.media.close();
    this.#finish({ by: 'us', code: status });
  }

  async hangup(): Promise<void> {
    if (!this.#end && !this.#accepted) return this.reject(503);
    const bye = this.#end ? undefined : this.#options.session.bye();
    this.#finish({ by: 'us' });
    await Promise.all([bye, this.media.close()]);
  }

  #onOffer(offer: string | undefined): string {
    const { negotiation } = this.#options;
    if (offer === undefined) return negotiation.offer();
    const { sdp, media } = negotiation.answer(offer);
    this.#configure(media);
    return sdp;
  }

  /** The signalling's source tells the media which private address the caller's own network has. */
  #apply(media: MediaParams): void {
    this.media.configure({ ...media, signallingAddress: this.#options.session.source.address });
  }

  #configure(media: MediaParams): void {
    this.#apply(media);
    this.held.emit(media.direction === 'recvonly' || media.direction === 'inactive');
  }

  #finish(end: LegEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.ended.emit(end);
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
