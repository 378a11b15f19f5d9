/** One sub-band of G.722 with its scale factor and its predictor: two poles and six zeros (ITU-T G.722 section 3). */

/** Base-2 antilogarithm for the scale factors, in 32 steps (G.722 table 20). */
const INVERSE_LOG = Int32Array.of(
  2048,
  2093,
  2139,
  2186,
  2233,
  2282,
  2332,
  2383,
  2435,
  2489,
  2543,
  2599,
  2656,
  2714,
  2774,
  2834,
  2896,
  2960,
  3025,
  3091,
  3158,
  3228,
  3298,
  3371,
  3444,
  3520,
  3597,
  3676,
  3756,
  3838,
  3922,
  4008,
);
/** Leak of the logarithmic scale factor: 127/128 of it stay. */
const SCALE_LEAK = 127;
const ZEROS = 6;
/** Bounds that keep the predictor stable (G.722 section 3.6.3), and its leaks, all in units of 1/32768. */
const MAX_SECOND_POLE = 12_288;
const STABILITY_BOUND = 15_360;
const SECOND_POLE_LEAK = 32_512;
const FIRST_POLE_LEAK = 32_640;
const ZERO_LEAK = 32_640;
const FIRST_POLE_STEP = 192;
const SECOND_POLE_STEP = 128;
const ZERO_STEP = 128;

/** What differs between the two sub-bands. */
export interface BandShape {
  /** Scale factor to begin with. */
  initialScale: number;
  /** Highest logarithmic scale factor. */
  maxLogScale: number;
  /** Shift of the antilogarithm. */
  scaleShift: number;
}

/** Lower band: 6 bits of which 4 drive the adaptation. Upper band: 2 bits. */
export const LOWER_BAND: BandShape = { initialScale: 32, maxLogScale: 18_432, scaleShift: 8 };
export const UPPER_BAND: BandShape = { initialScale: 8, maxLogScale: 22_528, scaleShift: 10 };

export function saturate(value: number): number {
  return Math.max(-32_768, Math.min(32_767, value));
}

/** The adaptive part of one sub-band; encoder and decoder run it alike, which keeps them in step. */
export class G722Band {
  /** Quantizer scale factor. */
  scale: number;
  /** Predicted next sample. */
  predicted = 0;
  readonly #shape: BandShape;
  #logScale = 0;
  #zeroPart = 0;
  /** Poles, zeros; and the last differences, reconstructed and partially reconstructed samples, the newest first. */
  #pole1 = 0;
  #pole2 = 0;
  readonly #zeros = new Int32Array(ZEROS);
  readonly #differences = new Int32Array(ZEROS);
  #reconstructed1 = 0;
  #partial1 = 0;
  #partial2 = 0;

  constructor(shape: BandShape) {
    this.#shape = shape;
    this.scale = shape.initialScale;
  }

  /** Takes the quantized difference of a sample, and the step that its code makes the scale take. */
  adapt(difference: number, logStep: number): void {
    this.#adaptScale(logStep);
    const reconstructed = saturate(this.predicted + difference);
    const partial = saturate(this.#zeroPart + difference);
    this.#adaptPoles(partial);
    this.#adaptZeros(difference);
    this.#partial2 = this.#partial1;
    this.#partial1 = partial;
    this.#predict(reconstructed, difference);
  }

  #adaptScale(logStep: number): void {
    const { maxLogScale, scaleShift } = this.#shape;
    const next = ((this.#logScale * SCALE_LEAK) >> 7) + logStep;
    this.#logScale = Math.max(0, Math.min(maxLogScale, next));
    const mantissa = INVERSE_LOG[(this.#logScale >> 6) & 31] as number;
    const shift = scaleShift - (this.#logScale >> 11);
    this.scale = (shift < 0 ? mantissa << -shift : mantissa >> shift) << 2;
  }

  #adaptPoles(partial: number): void {
    const agrees1 = partial < 0 === this.#partial1 < 0;
    const agrees2 = partial < 0 === this.#partial2 < 0;
    const fourfold = saturate(this.#pole1 << 2);
    const pull = Math.min(32_767, agrees1 ? -fourfold : fourfold) >> 7;
    const step2 = agrees2 ? SECOND_POLE_STEP : -SECOND_POLE_STEP;
    const wanted2 = step2 + pull + ((this.#pole2 * SECOND_POLE_LEAK) >> 15);
    const pole2 = Math.max(-MAX_SECOND_POLE, Math.min(MAX_SECOND_POLE, wanted2));
    const step1 = agrees1 ? FIRST_POLE_STEP : -FIRST_POLE_STEP;
    const wanted1 = saturate(step1 + ((this.#pole1 * FIRST_POLE_LEAK) >> 15));
    const bound = saturate(STABILITY_BOUND - pole2);
    this.#pole1 = Math.max(-bound, Math.min(bound, wanted1));
    this.#pole2 = pole2;
  }

  #adaptZeros(difference: number): void {
    const step = difference === 0 ? 0 : ZERO_STEP;
    for (let i = 0; i < ZEROS; i += 1) {
      const agrees = (this.#differences[i] as number) < 0 === difference < 0;
      const leaked = ((this.#zeros[i] as number) * ZERO_LEAK) >> 15;
      this.#zeros[i] = saturate((agrees ? step : -step) + leaked);
    }
  }

  #predict(reconstructed: number, difference: number): void {
    this.#differences.copyWithin(1, 0, ZEROS - 1);
    this.#differences[0] = difference;
    let zeroPart = 0;
    for (let i = 0; i < ZEROS; i += 1)
      zeroPart += ((this.#zeros[i] as number) * saturate(2 * (this.#differences[i] as number))) >> 15;
    this.#zeroPart = saturate(zeroPart);
    const pole1Part = (this.#pole1 * saturate(2 * reconstructed)) >> 15;
    const pole2Part = (this.#pole2 * saturate(2 * this.#reconstructed1)) >> 15;
    this.#reconstructed1 = reconstructed;
    this.predicted = saturate(saturate(pole1Part + pole2Part) + this.#zeroPart);
  }
}
