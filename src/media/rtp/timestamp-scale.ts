/** Distance from the anchor, in units of the wire, at which it is moved up: far below half of what a timestamp holds. */
const MOVE_ANCHOR_AT = 2 ** 28;

/**
 * Brings timestamps of a stream into samples of 8 kHz. A codec of another clock, or a change of codec within a stream, goes
 * on with the same count of samples.
 */
export class TimestampScale {
  #ticksPerSample = 1;
  #from = 0;
  #to = 0;
  #rebases = false;

  get ticksPerSample(): number {
    return this.#ticksPerSample;
  }

  /** The clock of what comes from now on. */
  configure(ticksPerSample: number): void {
    if (ticksPerSample === this.#ticksPerSample) return;
    this.#ticksPerSample = ticksPerSample;
    this.#rebases = true;
  }

  /**
   * @param end where audio that begins after a change of clock is put: behind what came before; undefined where nothing did
   */
  toSamples(timestamp: number, end: number | undefined): number {
    if (this.#rebases) {
      this.#rebases = false;
      this.#from = timestamp;
      this.#to = end ?? timestamp;
    }
    const distance = (timestamp - this.#from) | 0;
    const samples = Math.floor(distance / this.#ticksPerSample);
    const at = (this.#to + samples) >>> 0;
    if (Math.abs(distance) > MOVE_ANCHOR_AT) {
      this.#from = (this.#from + samples * this.#ticksPerSample) >>> 0;
      this.#to = at;
    }
    return at;
  }
}
