import type { Clock, Timer } from '../../lib/clock.ts';
import type { MediaSession } from '../../media/media-session.ts';
import type { HoldAudio } from '../../voice/hold-audio/hold-audio.ts';
import { createHoldSound, type HoldSound } from './hold-sound.ts';

/** How long the line may be silent for the customer's audio to come; then music fills the time. Milliseconds. */
const GRACE_MS = 700;

export interface CustomHoldSoundOptions {
  url: string;
  audio: HoldAudio;
  media: MediaSession;
  clock: Clock;
  /** The audio cannot be had; the built-in music plays on in its place. */
  failed(message: string): void;
}

/** Plays the customer's own hold audio; the built-in music until it has come, and where it does not come. */
export function createCustomHoldSound(options: CustomHoldSoundOptions): HoldSound {
  return new CustomHoldSound(options);
}

class CustomHoldSound implements HoldSound {
  readonly #options: CustomHoldSoundOptions;
  readonly #grace: Timer;
  #playing: HoldSound | undefined;
  #isOver = false;

  constructor(options: CustomHoldSoundOptions) {
    this.#options = options;
    this.#grace = options.clock.setTimeout(() => this.#play('music'), GRACE_MS);
    options.audio.load(options.url).then(
      (samples) => this.#change(samples),
      (error: Error) => this.#fail(error.message),
    );
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.#options.clock.clearTimeout(this.#grace);
    // Nothing may have begun; what is stopped is then the line as it is.
    await (this.#playing ? this.#playing.stop() : this.#options.media.clear());
  }

  async #change(samples: Int16Array): Promise<void> {
    this.#options.clock.clearTimeout(this.#grace);
    await this.#playing?.stop();
    this.#playing = undefined;
    this.#play(samples);
  }

  #fail(message: string): void {
    if (this.#isOver) return;
    this.#options.clock.clearTimeout(this.#grace);
    this.#play('music');
    this.#options.failed(message);
  }

  #play(sound: 'music' | Int16Array): void {
    const { media, clock } = this.#options;
    if (!this.#isOver) this.#playing ??= createHoldSound(sound, media, clock);
  }
}
