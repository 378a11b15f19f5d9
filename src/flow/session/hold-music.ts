import type { Clock } from '../../lib/clock.ts';
import type { Leg } from '../leg.ts';
import { createHoldSound, type HoldSound } from './hold-sound.ts';

/** Music for a caller whom the agent lets wait. */
export class HoldMusic {
  readonly #leg: Leg;
  readonly #clock: Clock;
  #playing: HoldSound | undefined;

  constructor(leg: Leg, clock: Clock) {
    this.#leg = leg;
    this.#clock = clock;
  }

  start(): void {
    this.#playing ??= createHoldSound('music', this.#leg.media, this.#clock);
  }

  /** Resolves when nothing of it is left on the line. */
  async stop(): Promise<void> {
    const playing = this.#playing;
    this.#playing = undefined;
    await playing?.stop();
  }
}
