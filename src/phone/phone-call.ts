import { Emitter } from '../lib/emitter.ts';
import type { MediaSession, RtpStats } from '../media/media-session.ts';
import { FRAME_SAMPLES } from '../media/media-session.ts';
import {
  answerOffer,
  createOffer,
  type Direction,
  type LocalMedia,
  readAnswer,
} from '../sip/session/offer-answer.ts';
import {
  type IncomingReferral,
  type InviteSession,
  type ReferRequest,
  type Referral,
  type SessionEnd,
  SipRejection,
} from '../sip/session/session.ts';
import { Ear, type Spurt, trimSilence } from './ear.ts';

export interface PhoneCallParts {
  session: InviteSession;
  media: MediaSession;
  /** Our description; its version rises with each that we give. */
  local: LocalMedia;
}

/** One call of a telephone, whoever placed it: what its holder can do while it is up. */
export abstract class PhoneCall {
  readonly ear = new Ear();
  readonly ended = new Emitter<SessionEnd>();
  /** Resolves when the call is up; rejects when it never comes to be. */
  abstract readonly answered: Promise<void>;
  readonly media: MediaSession;
  protected local: LocalMedia;
  readonly #session: InviteSession;
  #end: SessionEnd | undefined;
  #version: number;

  protected constructor({ session, media, local }: PhoneCallParts) {
    this.#session = session;
    this.media = media;
    this.local = local;
    this.#version = local.version;
    media.audio.on((frame) => this.ear.hear(frame));
    session.ended.on((end) => this.#onEnded(end));
    session.onOffer = (offer) => this.#onOffer(offer);
    session.onAnswer = (answer) => this.apply(answer, 'sendrecv');
    if (session.end) this.#onEnded(session.end);
  }

  get callId(): string {
    return this.#session.callId;
  }

  /** How the call ended; undefined while it is up. */
  get end(): SessionEnd | undefined {
    return this.#end;
  }

  /** Speaks, without the silence around it. @returns when the last voiced packet left, on the clock of the frames. */
  async speak(samples: Int16Array): Promise<number> {
    const end = this.media.play(trimSilence(samples, FRAME_SAMPLES));
    return new Promise<number>((resolve, reject) => {
      const stop = this.media.playout.on((event) => {
        if (event.type !== 'drained' || event.position < end) return;
        release();
        resolve(event.at);
      });
      const gone = this.ended.on(() => {
        release();
        reject(new Error('the call ended while speaking'));
      });
      const release = () => {
        stop();
        gone();
      };
      if (this.#end) {
        release();
        reject(new Error('the call has ended'));
      }
    });
  }

  /** The next stretch of speech from the other side, once it is over. @throws after `limitMs`, or when the call ends first. */
  nextSpurt(limitMs: number): Promise<Spurt> {
    return this.#within(limitMs, 'nothing was heard', (resolve) => this.ear.ended.on(resolve));
  }

  /** When the other side next begins to speak, on the clock of the frames. */
  nextStart(limitMs: number): Promise<number> {
    return this.#within(limitMs, 'nothing was heard', (resolve) => this.ear.started.on(resolve));
  }

  /** Resolves with the end of the call. */
  whenEnded(limitMs: number): Promise<SessionEnd> {
    if (this.#end) return Promise.resolve(this.#end);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the call did not end within ${limitMs} ms`)), limitMs);
      this.ended.on((end) => {
        clearTimeout(timer);
        resolve(end);
      });
    });
  }

  /** What it does when it is asked to call somebody else (REFER). Unset: it refuses. */
  set onReferral(take: (referral: IncomingReferral) => void) {
    this.#session.onRefer = take;
  }

  /** Asks the other side to call somebody in our place (REFER). @throws {SipRejection} when it refuses */
  refer(request: ReferRequest): Promise<Referral> {
    return this.#session.refer(request);
  }

  press(digits: string): void {
    this.media.sendDtmf(digits);
  }

  /** Presses a key by SIP INFO instead of RFC 4733. */
  async pressByInfo(digit: string): Promise<number> {
    const body = `Signal=${digit}\r\nDuration=160\r\n`;
    const { status } = await this.#session.sendInfo('application/dtmf-relay', body);
    return status;
  }

  /** Goes on with other codecs (re-INVITE). */
  async changeCodecs(codecs: LocalMedia['codecs']): Promise<void> {
    this.local = { ...this.local, codecs };
    await this.#reoffer('sendrecv');
  }

  hold(): Promise<void> {
    return this.#reoffer('sendonly');
  }

  resume(): Promise<void> {
    return this.#reoffer('sendrecv');
  }

  async hangup(): Promise<RtpStats> {
    if (!this.#end) await this.#session.bye();
    return this.media.close();
  }

  /** Sets the media up as an answer to our offer says. */
  protected apply(answer: string, direction: Direction): void {
    const result = readAnswer(answer, this.local, { direction });
    if ('rejected' in result) throw new SipRejection(result.rejected, result.reason);
    this.media.configure(result.media);
  }

  /** Answers an offer, and sets the media up as both now say. */
  protected takeOffer(offer: string): string {
    const result = answerOffer(offer, this.nextLocal());
    if ('rejected' in result) throw new SipRejection(result.rejected, result.reason);
    this.media.configure(result.media);
    return result.sdp;
  }

  protected nextLocal(): LocalMedia {
    this.#version += 1;
    return { ...this.local, version: this.#version };
  }

  async #reoffer(direction: Direction): Promise<void> {
    const offer = createOffer(this.nextLocal(), { direction });
    this.apply(await this.#session.reinvite(offer), direction);
  }

  /** The other side offers: in its 200, or in a re-INVITE of its own. */
  #onOffer(offer: string | undefined): string {
    return offer === undefined ? createOffer(this.nextLocal()) : this.takeOffer(offer);
  }

  #onEnded(end: SessionEnd): void {
    this.#end = end;
    this.ear.finish();
    this.ended.emit(end);
  }

  #within<T>(
    limitMs: number,
    failure: string,
    listen: (resolve: (value: T) => void) => () => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const release = () => {
        clearTimeout(timer);
        stop();
        gone();
      };
      const timer = setTimeout(() => {
        release();
        reject(new Error(`${failure} within ${limitMs} ms`));
      }, limitMs);
      const stop = listen((value) => {
        release();
        resolve(value);
      });
      const gone = this.ended.on(() => {
        release();
        reject(new Error('the call ended'));
      });
    });
  }
}
