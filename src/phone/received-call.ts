import { systemClock, type Timer } from '../lib/clock.ts';
import { type HeaderLine, type InviteServerSession, SipRejection } from '../sip/index.ts';
import { createOffer } from '../sip/session/offer-answer.ts';
import { PhoneCall, type PhoneCallParts } from './phone-call.ts';

/** What a telephone that is called does. Times in milliseconds from the INVITE. */
export type CalleeManner =
  | { does: 'answer'; ringMs?: number }
  /** Gives no response at all beyond 100. */
  | { does: 'nothing' }
  /** Rings until the caller gives up. */
  | { does: 'ring' }
  | { does: 'refuse'; status: number; ringMs?: number; headers?: HeaderLine[] }
  /** Is heard before it answers (183), and never answers unless told to. */
  | { does: 'speak-early' };

/** A call to the telephone. */
export class ReceivedCall extends PhoneCall {
  readonly answered: Promise<void>;
  /** The INVITE, as it came. */
  readonly session: InviteServerSession;
  readonly #answered = Promise.withResolvers<void>();
  #early: string | undefined;
  #timer: Timer | undefined;

  constructor(parts: PhoneCallParts & { session: InviteServerSession }) {
    super(parts);
    this.session = parts.session;
    this.answered = this.#answered.promise;
    this.answered.catch(() => this.media.close());
    this.ended.on((end) => {
      systemClock.clearTimeout(this.#timer);
      this.#answered.reject(new SipRejection(end.status ?? 487, end.reason ?? 'the call ended unanswered'));
    });
  }

  /** A header of the INVITE; the first of its name. */
  header(name: string): string | undefined {
    return this.session.request.headers.find((line) => line.name.toLowerCase() === name.toLowerCase())?.value;
  }

  behave(manner: CalleeManner): void {
    if (this.end || manner.does === 'nothing') return;
    if (manner.does === 'speak-early') {
      this.speakEarly();
      return;
    }
    this.session.ring();
    if (manner.does === 'ring') return;
    this.#timer = systemClock.setTimeout(() => this.#decide(manner), manner.ringMs ?? 0);
  }

  /** Lets the caller hear us from now on (183). */
  speakEarly(): void {
    const { offer } = this.session;
    if (offer === undefined) throw new Error('the INVITE made no offer to answer early');
    this.#early ??= this.#takeOffer(offer);
    this.session.progress(this.#early);
  }

  /** Resolves with the caller's ACK. @throws {SipRejection} when the offer cannot be used, which refuses the call. */
  async answer(): Promise<void> {
    const { offer } = this.session;
    const sdp = this.#early ?? (offer === undefined ? createOffer(this.nextLocal()) : this.#takeOffer(offer));
    await this.session.accept(sdp);
    this.#answered.resolve();
  }

  /** The caller is told what is wrong with the offer: else it would wait for a final answer that never comes. */
  #takeOffer(offer: string): string {
    try {
      return this.takeOffer(offer);
    } catch (error) {
      this.session.reject(error instanceof SipRejection ? error.status : 500);
      throw error;
    }
  }

  #decide(manner: Extract<CalleeManner, { does: 'answer' | 'refuse' }>): void {
    if (this.end) return;
    if (manner.does === 'refuse') this.session.reject(manner.status, { headers: manner.headers ?? [] });
    else this.answer().catch((error: unknown) => this.#answered.reject(error));
  }
}
