/** Below -56 dBFS nobody speaks, however silent the line. */
const FAINTEST_SPEECH = 32768 * 10 ** (-56 / 20);
/** The floor falls to a quieter frame by this share at once ... */
const FALL = 0.3;
/** ... and rises slowly, 2 % a frame or 9 dB a second: the dips between syllables keep speech from becoming its own floor. */
const RISE = 1.02;
/** Noise of a line before any was heard: -60 dBFS. */
const INITIAL_FLOOR = 32768 * 10 ** (-60 / 20);
/** A floor above -25 dBFS would make normal speech noise. */
const HIGHEST_FLOOR = 32768 * 10 ** (-25 / 20);

/** Follows the noise of a line, and tells which frames stand out of it. */
export class NoiseFloor {
  readonly #margin: number;
  #floor = INITIAL_FLOOR;

  /** @param marginDb how far speech stands above the noise. */
  constructor(marginDb: number) {
    this.#margin = 10 ** (marginDb / 20);
  }

  /** @returns whether the frame is louder than the noise. */
  standsOut(frame: Int16Array): boolean {
    const rms = rmsOf(frame);
    const out = rms >= FAINTEST_SPEECH && rms > this.#floor * this.#margin;
    const next =
      rms < this.#floor ? this.#floor + (rms - this.#floor) * FALL : Math.min(this.#floor * RISE, rms);
    this.#floor = Math.min(Math.max(next, 1), HIGHEST_FLOOR);
    return out;
  }
}

/** Root mean square of a frame, 0 to 32768. */
function rmsOf(frame: Int16Array): number {
  let sum = 0;
  for (const sample of frame) sum += sample * sample;
  return frame.length === 0 ? 0 : Math.sqrt(sum / frame.length);
}
