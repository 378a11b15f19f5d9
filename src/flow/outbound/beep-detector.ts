/** Samples of one look at the tone: 20 ms at 8 kHz, in which a tone spreads over 50 Hz to either side. */
const BLOCK_SAMPLES = 160;
const SAMPLE_RATE_HZ = 8_000;
const BLOCK_MS = (BLOCK_SAMPLES * 1000) / SAMPLE_RATE_HZ;
/** Where answering machines beep; ringing tones lie below, a fax answers above. */
const LOWEST_HZ = 550;
const HIGHEST_HZ = 1_950;
/** A tone half-way between two looks still shows nine tenths of its energy. */
const STEP_HZ = 20;
/** Share of a block's energy that one frequency must have to be a pure tone; speech and DTMF stay below. */
const PURE_SHARE = 0.75;
/** Root mean square below which a block is silence. */
const QUIET_RMS = 150;
/** How far a tone's blocks may lie apart and still be one tone. */
const SAME_TONE_HZ = 2 * STEP_HZ;
/** A beep lasts at least so long; shorter ones are parts of speech and clicks. Milliseconds. */
const SHORTEST_BEEP_MS = 160;
/** A tone that goes on for longer is a line's own, such as busy or howler. Milliseconds. */
const LONGEST_BEEP_MS = 2_500;
/** After the beep no other tone comes for so long: the tones of an announcement follow each other. Milliseconds. */
const PAUSE_AFTER_MS = 200;

/** The frequency that has nearly all of a block's energy; undefined where it is quiet or no pure tone. */
function pureTone(block: Int16Array): number | undefined {
  let energy = 0;
  for (const sample of block) energy += sample * sample;
  if (energy < QUIET_RMS * QUIET_RMS * block.length) return undefined;
  let loudest = { hz: 0, power: 0 };
  for (let hz = LOWEST_HZ; hz <= HIGHEST_HZ; hz += STEP_HZ) {
    const power = goertzel(block, hz);
    if (power > loudest.power) loudest = { hz, power };
  }
  return (2 * loudest.power) / (block.length * energy) >= PURE_SHARE ? loudest.hz : undefined;
}

/** Squared magnitude of one frequency in a block (Goertzel, 1958). */
function goertzel(block: Int16Array, hz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / SAMPLE_RATE_HZ);
  let last = 0;
  let beforeLast = 0;
  for (const sample of block) {
    const next = sample + coefficient * last - beforeLast;
    beforeLast = last;
    last = next;
  }
  return last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
}

/** Hears the beep after which an answering machine records. Fed with 8 kHz audio, in frames of 20 ms. */
export class BeepDetector {
  #hz = 0;
  #toneMs = 0;
  #pauseMs: number | undefined;

  /** @returns whether a beep was just heard to its end. */
  hear(samples: Int16Array): boolean {
    let heard = false;
    for (let start = 0; start + BLOCK_SAMPLES <= samples.length; start += BLOCK_SAMPLES)
      heard = this.#block(pureTone(samples.subarray(start, start + BLOCK_SAMPLES))) || heard;
    return heard;
  }

  #block(hz: number | undefined): boolean {
    if (hz !== undefined) {
      const isSame = this.#toneMs > 0 && Math.abs(hz - this.#hz) <= SAME_TONE_HZ;
      this.#toneMs = isSame ? this.#toneMs + BLOCK_MS : BLOCK_MS;
      this.#hz = hz;
      this.#pauseMs = undefined;
      return false;
    }
    if (this.#toneMs >= SHORTEST_BEEP_MS && this.#toneMs <= LONGEST_BEEP_MS) this.#pauseMs = 0;
    this.#toneMs = 0;
    if (this.#pauseMs === undefined) return false;
    this.#pauseMs += BLOCK_MS;
    if (this.#pauseMs < PAUSE_AFTER_MS) return false;
    this.#pauseMs = undefined;
    return true;
  }
}
