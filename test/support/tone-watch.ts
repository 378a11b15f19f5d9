import type { MediaSession } from '../../src/media/media-session.ts';
import { goertzel, rms } from './tones.ts';

const AMPLITUDE = 3_000;
const FRAME_MS = 20;
/** Level of a frame in which something sounds. */
const SOUNDS_RMS = 50;

/** Counts how long a tone, or anything at all, is heard on a line. */
export class ToneWatch {
  readonly #frequencyHz: number;
  readonly #stop: () => void;
  /** Milliseconds of the tone so far. */
  toneMs = 0;
  /** The longest time in which nothing sounded, in milliseconds. */
  longestSilenceMs = 0;
  #silenceMs = 0;

  constructor(media: MediaSession, frequencyHz: number) {
    this.#frequencyHz = frequencyHz;
    this.#stop = media.audio.on(({ samples }) => {
      if (goertzel(samples, this.#frequencyHz) > AMPLITUDE) this.toneMs += FRAME_MS;
      this.#silenceMs = rms(samples) > SOUNDS_RMS ? 0 : this.#silenceMs + FRAME_MS;
      this.longestSilenceMs = Math.max(this.longestSilenceMs, this.#silenceMs);
    });
  }

  close(): void {
    this.#stop();
  }
}
