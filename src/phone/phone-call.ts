import { Emitter } from '../lib/emitter.ts';
import { FRAME_SAMPLES, type MediaSession, type RtpStats } from '../media/media-session.ts';
import {
  answerOffer,
  createOffer,
  type Direction,
  type LocalMedia,
  readAnswer,
} from '../sip/session/offer-answer.ts';
import { type InviteClientSession, type SessionEnd, SipRejection } from '../sip/session/session.ts';
import { Ear, type Spurt, trimSilence } from './ear.ts';

export interface PhoneCallOptions {
  invite: InviteClientSession;
  media: MediaSession;
  /** Our description; its version rises with each re-INVITE. */
  local: LocalMedia;
  /** The INVITE had no description: the offer comes with its 200. */
  lateOffer: boolean;
}

/** One call of the telephone, with everything its holder can do: speak, press keys, hold, hang up, listen. */
export class PhoneCall {
  readonly ear = new Ear();
  readonly ended = new Emitter<SessionEnd>();
  /** Status codes of the provisional responses, in order. */
  readonly provisionals: number[] = [];
  /** Resolves when the call is up; rejects with the refusal. */
  readonly answered: Promise<void>;
  readonly media: MediaSession;
  readonly #options: PhoneCallOptions;
  #end: SessionEnd | undefined;
  #version = 1;

  constructor(options: PhoneCallOptions) {
    this.#options = options;
    const { invite, media } = options;
    this.media = media;
    media.audio.on((frame) => this.ear.hear(frame));
    invite.provisionals.on(({ status }) => this.provisionals.push(status));
    invite.ended.on((end) => this.#onEnded(end));
    invite.onOffer = (offer) => this.#onOffer(offer);
    invite.onAnswer = (answer) => this.#apply(answer, 'sendrecv');
    this.answered = this.#answer();
    this.answered.catch(() => media.close());
  }

  get callId(): string {
    return this.#options.invite.callId;
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

  press(digits: string): void {
    this.media.sendDtmf(digits);
  }

  /** Presses a key by SIP INFO instead of RFC 4733. */
  async pressByInfo(digit: string): Promise<number> {
    const body = `Signal=${digit}\r\nDuration=160\r\n`;
    const { status } = await this.#options.invite.sendInfo('application/dtmf-relay', body);
    return status;
  }

  hold(): Promise<void> {
    return this.#reoffer('sendonly');
  }

  resume(): Promise<void> {
    return this.#reoffer('sendrecv');
  }

  cancel(): void {
    this.#options.invite.cancel();
  }

  async hangup(): Promise<RtpStats> {
    if (!this.#end) await this.#options.invite.bye();
    return this.media.close();
  }

  async #answer(): Promise<void> {
    const { invite, lateOffer } = this.#options;
    const response = await invite.answered;
    if (!lateOffer) this.#apply(Buffer.from(response.body).toString('utf8'), 'sendrecv');
  }

  async #reoffer(direction: Direction): Promise<void> {
    const offer = createOffer(this.#nextLocal(), { direction });
    const answer = await this.#options.invite.reinvite(offer);
    this.#apply(answer, direction);
  }

  /** The other side offers: in its 200, or in a re-INVITE of its own. */
  #onOffer(offer: string | undefined): string {
    if (offer === undefined) return createOffer(this.#nextLocal());
    const result = answerOffer(offer, this.#nextLocal());
    if ('rejected' in result) throw new SipRejection(result.rejected, result.reason);
    this.media.configure(result.media);
    return result.sdp;
  }

  #nextLocal(): LocalMedia {
    this.#version += 1;
    return { ...this.#options.local, version: this.#version };
  }

  #apply(answer: string, direction: Direction): void {
    const result = readAnswer(answer, this.#options.local, { direction });
    if ('rejected' in result) throw new SipRejection(result.rejected, result.reason);
    this.media.configure(result.media);
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
