import type { Carrier } from '../../domain/numbers/number.ts';
import type { Leg } from '../../flow/leg.ts';
import type { MediaParams } from '../../media/media-session.ts';
import { maxForwards } from '../../sip/message/headers.ts';
import { DEFAULT_MAX_FORWARDS } from '../../sip/message/request.ts';
import { formatUri } from '../../sip/message/uri.ts';
import { type InviteServerSession, SipRejection } from '../../sip/session/session.ts';
import { SipLegBase, type SipLegFacts } from './sip-leg-base.ts';

export interface SipLegOptions extends SipLegFacts {
  session: InviteServerSession;
  /** `trunk` where a trunk's gateway sent the call. */
  carrier: Extract<Carrier, 'sip' | 'trunk'>;
  /** Answer to the INVITE's offer; unset where the offer comes late, in our 200. */
  first: { sdp: string; media: MediaParams } | undefined;
}

/** An inbound SIP call as a leg: signalling by the session, audio by the media session. */
export class SipLeg extends SipLegBase implements Leg {
  readonly direction = 'inbound';
  readonly maxForwards: number;
  readonly #session: InviteServerSession;
  readonly #first: SipLegOptions['first'];
  #accepted = false;
  #early = false;

  constructor({ session, first, ...facts }: SipLegOptions) {
    super(facts);
    this.#session = session;
    this.#first = first;
    this.maxForwards = maxForwards(session.request) ?? DEFAULT_MAX_FORWARDS;
    this.follow(session);
  }

  get carrierCallId(): string {
    return this.#session.callId;
  }

  get source(): { address: string; port: number } {
    return this.#session.source;
  }

  protected get localUri(): string {
    const { request, localAddress } = this.#session;
    const { user } = request.uri;
    return formatUri({
      scheme: 'sip',
      ...(user !== undefined && { user }),
      host: localAddress,
      params: new Map(),
      headers: new Map(),
    });
  }

  ring(): void {
    if (!this.end) this.#session.ring();
  }

  openEarlyMedia(): boolean {
    if (this.end || this.#accepted || !this.#first) return false;
    if (this.#early) return true;
    this.#early = true;
    this.apply(this.#first.media);
    this.#session.progress(this.#first.sdp);
    return true;
  }

  async answer(): Promise<void> {
    if (this.end) throw new SipRejection(487, 'the caller has left');
    const first = this.#first;
    this.takeMedia();
    if (first && !this.#early) this.apply(first.media);
    this.#accepted = true;
    await this.#session.accept(first ? first.sdp : this.negotiation.offer());
  }

  reject(status: number, reason?: string, retryAfterSeconds?: number): void {
    if (this.end || this.#accepted) return;
    const headers = retryAfterSeconds ? [{ name: 'Retry-After', value: String(retryAfterSeconds) }] : [];
    this.#session.reject(status, { headers, ...(reason && { reason }) });
    void this.closeMedia();
    this.finish({ by: 'us', code: status });
  }

  async hangup(): Promise<void> {
    if (!this.end && !this.#accepted) return this.reject(503);
    const bye = this.end ? undefined : this.#session.bye();
    this.finish({ by: 'us' });
    await Promise.all([bye, this.closeMedia()]);
  }
}
