import { systemClock } from '../lib/clock.ts';
import { Emitter } from '../lib/emitter.ts';
import type { Logger } from '../lib/logger.ts';
import type { MediaPool } from '../media/media-session.ts';
import { createUserAgent, type InviteServerSession, type UserAgent } from '../sip/index.ts';
import { type CalleeManner, ReceivedCall } from './received-call.ts';

export interface CalleeOptions {
  bindAddress: string;
  media: MediaPool;
  logger: Logger;
  /** What each call is met with; may be changed at any time. */
  manner: CalleeManner;
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
    const { media: pool, bindAddress, logger } = this.#options;
    try {
      const media = await pool.createSession({ bindAddress });
      const local = {
        address: bindAddress,
        port: media.localPort,
        sessionId: systemClock.now(),
        version: 0,
        codecs: ['PCMU' as const, 'PCMA' as const],
        ptimeMs: 20,
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
