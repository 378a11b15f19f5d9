import type { HoldSound } from '../../domain/orgs/org.ts';
import { type Clock, pause } from '../../lib/clock.ts';
import type { Leg } from '../leg.ts';
import { createHoldSound, type HoldSound as Sound } from './hold-sound.ts';

/**
 * What a caller hears who is not answered yet: the ringing of his own network (180), or music of ours in early media
 * (183). Once early media is open his network rings no more, so ringing then has to come from us as well.
 */
export class WaitingSound {
  readonly #leg: Leg;
  readonly #kind: HoldSound;
  readonly #clock: Clock;
  #open = false;
  #playing: Sound | undefined;

  constructor(leg: Leg, kind: HoldSound, clock: Clock) {
    this.#leg = leg;
    this.#kind = kind;
    this.#clock = clock;
  }

  async start(): Promise<void> {
    this.#leg.ring();
    if (this.#kind === 'music' && (await this.openLine())) this.resume();
  }

  /** Lets the call ring until this instant, or until the signal says that the caller has given up. */
  async ringUntil(instant: number, signal: AbortSignal): Promise<void> {
    const leftMs = instant - this.#clock.now();
    if (leftMs > 0) await pause(this.#clock, leftMs, signal);
  }

  /** Opens the line for speech before the answer; whatever sounds is stopped. @returns whether it could be opened. */
  async openLine(): Promise<boolean> {
    await this.stop();
    this.#open ||= this.#leg.openEarlyMedia();
    return this.#open;
  }

  /** Sounds again after speech; needless while the caller's own network rings. */
  resume(): void {
    if (!this.#open || this.#playing) return;
    const kind = this.#kind === 'music' ? 'music' : 'ringback';
    this.#playing = createHoldSound(kind, this.#leg.media, this.#clock);
  }

  /** Resolves when nothing of it is left on the line. */
  async stop(): Promise<void> {
    const playing = this.#playing;
    this.#playing = undefined;
    await playing?.stop();
  }
}
