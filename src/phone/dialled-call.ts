import type { SipResponse } from '../sip/index.ts';
import { headerValue } from '../sip/message/headers.ts';
import { parseNameAddress } from '../sip/message/name-address.ts';
import { sdpOf } from '../sip/session/sdp-body.ts';
import type { InviteClientSession } from '../sip/session/session.ts';
import { PhoneCall, type PhoneCallParts } from './phone-call.ts';

export interface DialledCallParts extends PhoneCallParts {
  session: InviteClientSession;
  /** The INVITE had no description: the offer comes with its 200. */
  lateOffer: boolean;
}

/** A call that the telephone placed. What the other side lets it hear before the answer, it hears. */
export class DialledCall extends PhoneCall {
  readonly answered: Promise<void>;
  /** Status codes of the provisional responses, in order. */
  readonly provisionals: number[] = [];
  readonly #invite: InviteClientSession;
  readonly #lateOffer: boolean;
  #hasEarlyMedia = false;

  constructor(parts: DialledCallParts) {
    super(parts);
    this.#invite = parts.session;
    this.#lateOffer = parts.lateOffer;
    parts.session.provisionals.on((response) => this.#onProvisional(response));
    this.answered = this.#answer();
    this.answered.catch(() => this.media.close());
  }

  /** Whether the other side has opened the audio before its answer (183 with SDP). */
  get hasEarlyMedia(): boolean {
    return this.#hasEarlyMedia;
  }

  /** What an INVITE to the other side says that takes this call over (`Replaces`, RFC 3891). */
  async replaces(): Promise<string> {
    const answer = await this.#invite.answered;
    const tagOf = (name: string) =>
      parseNameAddress(headerValue(answer, name) ?? '')?.params.get('tag') ?? '';
    return `${this.callId};to-tag=${tagOf('To')};from-tag=${tagOf('From')}`;
  }

  cancel(): void {
    this.#invite.cancel();
  }

  #onProvisional(response: SipResponse): void {
    this.provisionals.push(response.status);
    if (this.#lateOffer || this.#hasEarlyMedia) return;
    const answer = sdpOf(response);
    if (typeof answer !== 'string') return;
    this.#hasEarlyMedia = true;
    this.apply(answer, 'sendrecv');
  }

  async #answer(): Promise<void> {
    await this.#invite.answered;
    // A reliable 183 may have brought the answer, and the 200 then has none.
    if (!this.#lateOffer) this.apply(this.#invite.remoteDescription ?? '', 'sendrecv');
  }
}
