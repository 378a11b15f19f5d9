import { systemClock } from '../lib/clock.ts';
import { Emitter } from '../lib/emitter.ts';
import type { Logger } from '../lib/logger.ts';
import type { MediaPool } from '../media/media-session.ts';
import { createUserAgent, type InviteServerSession, type UserAgent } from '../sip/index.ts';
import type { LocalMedia, SrtpMode } from '../sip/session/offer-answer.ts';
import { SrtpKeys } from '../sip/session/srtp-keys.ts';
import { type CalleeManner, ReceivedCall } from './received-call.ts';

export interface CalleeOptions {
  bindAddress: string;
  media: MediaPool;
  logger: Logger;
  /** What each call is met with; may be changed at any time. */
  manner: CalleeManner;
  /** Codecs that it speaks, the dearest first. Unset: G.711. */
  codecs?: LocalMedia['codecs'];
  /** What it does about SRTP. Unset: off. */
  srtp?: SrtpMode;
  /** Certificate and key in PEM, to be called over TLS, too. */
  tls?: { cert: string; key: string };
}

/** A telephone that can be called: it answers, rings, refuses or speaks early, as it is told, and then hears and speaks. */
export class Callee {
  /** Every call so far, in order. */
  readonly calls: ReceivedCall[] = [];
  readonly received = new Emitter<ReceivedCall>();
  manner: CalleeManner;
  readonly #options: CalleeOptions;
  readonly #userAgent: UserAgent;

  private constructor(options: CalleeOptions) {
    this.#options = options;
    this.manner = options.manner;
    this.#userAgent = createUserAgent({
      bindAddress: options.bindAddress,
      port: 0,
      clock: systemClock,
      logger: options.logger,
      ...(options.tls && { tls: { port: 0, ...options.tls } }),
      handlers: { onInvite: (session) => void this.#receive(session), admit: () => 'accept' },
    });
  }

  /** Opens its sockets on free ports. */
  static async open(options: CalleeOptions): Promise<Callee> {
    const callee = new Callee(options);
    await callee.#userAgent.start();
    return callee;
  }

  get port(): number {
    return this.#userAgent.udpPort;
  }

  /** Port of TLS; 0 where it has no certificate. */
  get tlsPort(): number {
    return this.#userAgent.tlsPort;
  }

  /** Where it is reached, as this user. */
  uri(user = 'operator'): string {
    return `sip:${user}@${this.#options.bindAddress}:${this.port}`;
  }

  /** The next call, or the one with this index that has come already. @throws after `limitMs`. */
  call(limitMs: number, index = this.calls.length): Promise<ReceivedCall> {
    const known = this.calls[index];
    if (known) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const stop = this.received.on(() => {
        const call = this.calls[index];
        if (!call) return;
        clearTimeout(timer);
        stop();
        resolve(call);
      });
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`nobody called within ${limitMs} ms`));
      }, limitMs);
    });
  }

  async close(): Promise<void> {
    await this.#userAgent.close();
    await Promise.all(this.calls.map((call) => call.media.close()));
  }

  async #receive(session: InviteServerSession): Promise<void> {
    const { media: pool, bindAddress, logger, codecs, srtp } = this.#options;
    try {
      const media = await pool.createSession({ bindAddress });
      const local = {
        address: bindAddress,
        port: media.localPort,
        sessionId: systemClock.now(),
        version: 0,
        codecs: codecs ?? (['PCMU', 'PCMA'] as const),
        ptimeMs: 20,
        srtp: { mode: srtp ?? 'off', keys: new SrtpKeys() },
      };
      const call = new ReceivedCall({ session, media, local });
      this.calls.push(call);
      this.received.emit(call);
      call.behave(this.manner);
    } catch (error) {
      logger.error({ err: error }, 'the telephone could not take a call');
      session.reject(500);
    }
  }
}
