import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from '../media-session.ts';

/** Samples held at most, a power of two. */
const RING_SAMPLES = 1024;
const RING_MASK = RING_SAMPLES - 1;
/** Audio that may wait: two frames even out the way between two threads, a third a short pause of one. Milliseconds. */
const LIMIT_MS = 60;
const LIMIT_SAMPLES = (LIMIT_MS * SAMPLE_RATE_HZ) / 1000;
/** Pulls over which a frame must have lain unused before the delay it makes is taken back: a second. */
const SURPLUS_PULLS = 50;
/** Pulls for which that waits for a frame that may be left out unheard: two seconds. */
const SURPLUS_PATIENCE = 100;
/** Mean magnitude below which a frame is left out unheard. */
const QUIET_LEVEL = 64;

/**
 * What another party says, on its way to a line. It is worth hearing only now: what waits too long is dropped, the oldest
 * first, and a delay that turns out to be needless is taken back.
 */
export class LiveInput {
  readonly #ring = new Int16Array(RING_SAMPLES);
  /** Counts of samples since the start. */
  #read = 0;
  #written = 0;
  #leastWaiting = LIMIT_SAMPLES;
  #pulls = 0;
  #surplusAge = -1;

  /** Samples that wait. */
  get waiting(): number {
    return this.#written - this.#read;
  }

  /** Adds audio, a frame as a rule. Beyond the limit all but the newest half of it is dropped. */
  push(samples: Int16Array): void {
    const from = Math.max(0, samples.length - LIMIT_SAMPLES);
    for (let i = from; i < samples.length; i += 1) {
      this.#ring[this.#written & RING_MASK] = samples[i] as number;
      this.#written += 1;
    }
    if (this.waiting > LIMIT_SAMPLES) this.#read = this.#written - LIMIT_SAMPLES / 2;
  }

  /** Fills `out` with the next frame, the rest with silence. @returns whether there was any audio. */
  pull(out: Int16Array): boolean {
    this.#cutSurplus();
    const count = Math.min(out.length, this.waiting);
    for (let i = 0; i < count; i += 1) out[i] = this.#ring[(this.#read + i) & RING_MASK] as number;
    out.fill(0, count);
    this.#read += count;
    this.#watchSurplus();
    return count > 0;
  }

  #watchSurplus(): void {
    this.#leastWaiting = Math.min(this.#leastWaiting, this.waiting);
    this.#pulls += 1;
    if (this.#pulls < SURPLUS_PULLS) return;
    if (this.#leastWaiting < FRAME_SAMPLES) this.#surplusAge = -1;
    else if (this.#surplusAge < 0) this.#surplusAge = 0;
    this.#leastWaiting = LIMIT_SAMPLES;
    this.#pulls = 0;
  }

  #cutSurplus(): void {
    if (this.#surplusAge < 0) return;
    this.#surplusAge += 1;
    if (this.waiting < 2 * FRAME_SAMPLES || (this.#surplusAge < SURPLUS_PATIENCE && !this.#nextIsQuiet()))
      return;
    this.#read += FRAME_SAMPLES;
    this.#surplusAge = -1;
    this.#leastWaiting = LIMIT_SAMPLES;
    this.#pulls = 0;
  }

  #nextIsQuiet(): boolean {
    let sum = 0;
    for (let i = 0; i < FRAME_SAMPLES; i += 1)
      sum += Math.abs(this.#ring[(this.#read + i) & RING_MASK] as number);
    return sum < QUIET_LEVEL * FRAME_SAMPLES;
  }
}
