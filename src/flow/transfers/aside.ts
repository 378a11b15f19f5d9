import type { Logger } from '../../lib/logger.ts';
import type { MediaSession } from '../../media/media-session.ts';
import type { Leg } from '../leg.ts';
import type { CallRecorder } from '../session/call-recorder.ts';
import { DEAD_LINE_MS } from './bridge.ts';

/** What the agent is told when it has the caller again without having brought him to anybody. */
const GUEST_LEFT = 'Whoever was called has hung up. The caller is off hold and hears you again.';

export interface AsideOptions {
  /** The caller's. */
  leg: Leg;
  recorder: CallRecorder;
  /** What the caller waits to. */
  music: { start(): void; stop(): Promise<void> };
  /** The agent speaks to this line and hears it; undefined: the caller's. */
  talkTo(media: MediaSession | undefined): void;
  /** The agent is told, and says what it makes of it. */
  tell(content: string): void;
  logger: Logger;
}

/**
 * Somebody who was called in and the agent, alone, while the caller waits to music: neither hears the caller, nor he them
 * (the first half of a warm transfer, docs.vocode.dev).
 */
export class Aside {
  readonly #options: AsideOptions;
  #guest: { leg: Leg; releases: (() => void)[] } | undefined;
  /** A guest has left whom the agent is told of once the caller hears it: stops the wait for that. */
  #stopWaiting: (() => void) | undefined;

  constructor(options: AsideOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#guest !== undefined;
  }

  /** With an answered leg. */
  begin(leg: Leg): void {
    const { recorder, music, talkTo } = this.#options;
    // The caller would hear nothing of an agent that has somebody else again.
    this.#stopWaiting?.();
    music.start();
    this.#guest = {
      leg,
      releases: [
        leg.ended.on(() => void this.#goneBy(leg)),
        leg.media.silence.on(({ sinceMs }) => {
          if (sinceMs >= DEAD_LINE_MS && !leg.isHeld) void this.#goneBy(leg);
        }),
      ],
    };
    talkTo(leg.media);
    recorder.record('conference.briefed', { to: leg.dialled });
    if (leg.end) void this.#goneBy(leg);
  }

  /** Takes the caller off hold. @returns who is to be joined to him; undefined where nobody is there any more. */
  async end(): Promise<Leg | undefined> {
    const leg = this.#take();
    if (!leg) return undefined;
    await this.#options.music.stop();
    this.#options.talkTo(undefined);
    return leg;
  }

  /** The call is over, for the guest as well. */
  async close(): Promise<void> {
    this.#stopWaiting?.();
    await this.#take()?.hangup();
  }

  #take(): Leg | undefined {
    const guest = this.#guest;
    this.#guest = undefined;
    for (const release of guest?.releases ?? []) release();
    return guest?.leg;
  }

  async #goneBy(leg: Leg): Promise<void> {
    const { recorder, logger } = this.#options;
    try {
      if (!(await this.end())) return;
      recorder.record('conference.left', { to: leg.dialled });
      this.#tellOnceHeard();
      await leg.hangup();
    } catch (error) {
      logger.error({ err: error }, 'a guest who has left could not be hung up on');
    }
  }

  /** The caller may have put the call on hold himself meanwhile: until he takes it back, he hears nobody. */
  #tellOnceHeard(): void {
    const { leg, tell } = this.#options;
    if (!leg.isHeld) {
      tell(GUEST_LEFT);
      return;
    }
    const stop = leg.held.on((held) => {
      if (held) return;
      stop();
      tell(GUEST_LEFT);
    });
    this.#stopWaiting = stop;
  }
}
