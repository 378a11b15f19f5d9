import { DialError, type OutboundLeg } from '../../flow/dialer.ts';
import type { LegEnd } from '../../flow/leg.ts';
import { pressExtension } from '../../flow/transfers/extension-keys.ts';
import type { Clock } from '../../lib/clock.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { Logger } from '../../lib/logger.ts';
import { sdpOf } from '../../sip/session/sdp-body.ts';
import { type InviteClientSession, SipRejection, type Source } from '../../sip/session/session.ts';
import type { DialTarget } from './dial-target.ts';
import { type Placement, placeInvites } from './place-invites.ts';
import { SipLegBase, type SipLegFacts } from './sip-leg-base.ts';

export interface SipOutboundLegOptions extends SipLegFacts, Pick<Placement, 'redirect'> {
  targets: readonly [DialTarget, ...DialTarget[]];
  /** Where we take the audio of who is at a place. */
  mediaAddressFor(place: Source): string;
  /** Sends an INVITE with this offer. */
  invite(target: DialTarget, sdp: string): InviteClientSession;
  /** Keys to press once it is answered. */
  extension: string | undefined;
  /** Until the answer, over all targets together. */
  timeoutMs: number;
  clock: Clock;
  logger: Logger;
}

/** A SIP call that we place, as a leg. It is under way as soon as it exists. */
export class SipOutboundLeg extends SipLegBase implements OutboundLeg {
  readonly direction = 'outbound';
  readonly answered: Promise<void>;
  /** Status of each provisional response, 100 aside; a 180 or 183 may have opened the far end's audio. */
  readonly provisionals = new Emitter<number>();
  readonly #options: SipOutboundLegOptions;
  readonly #abort = new AbortController();
  /** Raised when the leg has ended. */
  readonly #over = new AbortController();
  #target: DialTarget;
  #session: InviteClientSession | undefined;
  #isUp = false;

  constructor(options: SipOutboundLegOptions) {
    super(options);
    this.#options = options;
    this.#target = options.targets[0];
    this.ended.on(() => this.#over.abort());
    this.answered = this.#place();
    // The end of the leg tells the same; who awaits only that must not see an unhandled rejection.
    this.answered.catch(() => {});
  }

  get carrierCallId(): string {
    return this.#session?.callId ?? '';
  }

  get maxForwards(): number {
    return this.#target.maxForwards;
  }

  get source(): { address: string; port: number } {
    const { address, port } = this.#target.place;
    return { address, port };
  }

  protected get localUri(): string {
    return this.#target.from.uri;
  }

  /** Without effect: it is the far end that rings. */
  ring(): void {}

  openEarlyMedia(): boolean {
    return false;
  }

  /** It is the far end that answers. */
  answer(): Promise<void> {
    return this.answered;
  }

  reject(): void {
    if (!this.#isUp) this.#takeBack(new DialError('cancelled', 'the call was taken back'));
  }

  /** Ends the leg against the will of those on it, whatever its state. @param detail why, for a person */
  async revoke(detail: string): Promise<void> {
    const bye = this.#isUp && !this.end ? this.#session?.bye() : undefined;
    if (!this.#isUp) this.#takeBack(new DialError('refused', detail));
    this.finish({ by: 'failure', outcome: 'refused', detail });
    await Promise.all([bye, this.hangup()]);
  }

  async hangup(): Promise<void> {
    this.reject();
    const bye = this.end ? undefined : this.#session?.bye();
    this.finish({ by: 'us' });
    await Promise.all([bye, this.closeMedia()]);
  }

  async #place(): Promise<void> {
    const { timeoutMs, clock } = this.#options;
    const timer = clock.setTimeout(
      () => this.#takeBack(new DialError('no-answer', `no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    try {
      await this.#placeOne();
    } catch (error) {
      const failure = error instanceof DialError ? error : new DialError('failed', (error as Error).message);
      if (failure !== error)
        this.#options.logger.error({ err: error }, 'an outbound leg could not be placed');
      this.finish(endOf(failure));
      void this.closeMedia();
      throw failure;
    } finally {
      clock.clearTimeout(timer);
    }
  }

  async #placeOne(): Promise<void> {
    const { targets, redirect, clock } = this.#options;
    const { signal } = this.#abort;
    const { session } = await placeInvites({
      targets,
      invite: (target) => this.#options.invite(target, this.#offerTo(target)),
      redirect,
      onInvite: (placed, target) => this.#onInvite(placed, target),
      signal,
      clock,
    });
    if (signal.aborted || !this.#openMedia(session.remoteDescription, 'final')) {
      void session.bye();
      throw signal.reason ?? new DialError('failed', 'the answer has no audio that we speak', 488);
    }
    this.#isUp = true;
    this.follow(session);
    void this.#pressExtension();
  }

  /** Of several servers one may be reached by IPv6 and the next by IPv4, or from another interface of ours. */
  #offerTo({ place, srtp }: DialTarget): string {
    const address = this.#options.mediaAddressFor(place);
    return this.negotiation.offer({ address, ...(srtp && { srtp }) });
  }

  #onInvite(session: InviteClientSession, target: DialTarget): void {
    this.#session = session;
    this.#target = target;
    session.provisionals.on((response) => {
      if (response.status === 100) return;
      this.#openMedia(sdpOf(response), 'provisional');
      this.provisionals.emit(response.status);
    });
  }

  /** Sets the audio up as an answer says. @returns whether it says anything that fits. */
  #openMedia(answer: ReturnType<typeof sdpOf>, kind: 'provisional' | 'final'): boolean {
    if (typeof answer !== 'string') return false;
    try {
      const media = this.negotiation.readAnswer(answer);
      // Somebody else speaks through a borrowed line until the answer.
      if (kind === 'final') this.takeMedia();
      this.apply(media);
      return true;
    } catch (error) {
      if (!(error instanceof SipRejection)) throw error;
      const { status, message } = error;
      this.#options.logger.info({ status, message }, 'the SDP of a response to our INVITE does not fit');
      return false;
    }
  }

  #takeBack(reason: DialError): void {
    this.finish(endOf(reason));
    this.#abort.abort(reason);
  }

  async #pressExtension(): Promise<void> {
    const { extension, clock } = this.#options;
    if (extension !== undefined)
      await pressExtension(extension, this.media, { clock, signal: this.#over.signal });
  }
}

/** How a leg that was never answered ended. */
function endOf({ outcome, status, message }: DialError): LegEnd {
  const isOurs = outcome === 'cancelled' || outcome === 'no-answer';
  const unsaid = isOurs ? 'us' : 'failure';
  return {
    by: status === undefined ? unsaid : 'peer',
    ...(outcome === 'cancelled' && { cancelled: true }),
    ...(status !== undefined && { code: status }),
    outcome,
    detail: message,
  };
}
