import { G722Band, LOWER_BAND, saturate, UPPER_BAND } from './g722-band.ts';

/** Quadrature mirror filter that parts and joins the two sub-bands: one half of its 24 symmetric taps (G.722 table 11). */
const QMF = Int32Array.of(3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11);
const QMF_TAPS = 24;
/** Decision levels of the lower quantizer, in units of the scale factor / 4096 (G.722 table 14). */
const LOWER_LEVELS = Int32Array.of(
  35,
  72,
  110,
  150,
  190,
  233,
  276,
  323,
  370,
  422,
  473,
  530,
  587,
  650,
  714,
  786,
  858,
  940,
  1023,
  1121,
  1219,
  1339,
  1458,
  1612,
  1765,
  1980,
  2195,
  2557,
  2919,
);
/** Values that the codes of the lower band stand for, of 6 bits and of their upper 4, in scale factors / 32768. */
const LOWER_VALUES_6 = lowerValues6();
const LOWER_VALUES_4 = Int32Array.of(
  0,
  -20456,
  -12896,
  -8968,
  -6288,
  -4240,
  -2584,
  -1200,
  20456,
  12896,
  8968,
  6288,
  4240,
  2584,
  1200,
  0,
);
/** What each upper code of 4 bits does to the logarithmic scale. */
const LOWER_STEPS = Int32Array.of(
  -60,
  3042,
  1198,
  538,
  334,
  172,
  58,
  -30,
  3042,
  1198,
  538,
  334,
  172,
  58,
  -30,
  -60,
);
/** Upper band: the one decision level, values and steps of its codes of 2 bits. */
const UPPER_LEVEL = 564;
const UPPER_VALUES = Int32Array.of(-7408, -1616, 7408, 1616);
const UPPER_STEPS = Int32Array.of(798, -214, 798, -214);

function lowerValues6(): Int32Array {
  const magnitudes = [
    24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
    4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728,
  ];
  const smallest = [-136, -136, -136, -136];
  return Int32Array.from([
    ...smallest,
    ...magnitudes.map((magnitude) => -magnitude),
    ...magnitudes,
    ...[432, 136, -432, -136],
  ]);
}

function product(scale: number, value: number): number {
  return (scale * value) >> 15;
}

/** Code of 6 bits for a difference in the lower band. Negative ones count down from 63, positive ones from 61. */
function lowerCode(difference: number, scale: number): number {
  const magnitude = difference < 0 ? ~difference : difference;
  let level = 0;
  while (level < LOWER_LEVELS.length && magnitude >= ((LOWER_LEVELS[level] as number) * scale) >> 12)
    level += 1;
  if (difference >= 0) return 61 - level;
  return level < 2 ? 63 - level : 33 - level;
}

function upperCode(difference: number, scale: number): number {
  const magnitude = difference < 0 ? ~difference : difference;
  const isLarge = magnitude >= (UPPER_LEVEL * scale) >> 12;
  if (difference < 0) return isLarge ? 0 : 1;
  return isLarge ? 2 : 3;
}

function adaptLower(band: G722Band, code: number): void {
  const upperBits = code >> 2;
  band.adapt(product(band.scale, LOWER_VALUES_4[upperBits] as number), LOWER_STEPS[upperBits] as number);
}

function adaptUpper(band: G722Band, code: number): void {
  band.adapt(product(band.scale, UPPER_VALUES[code] as number), UPPER_STEPS[code] as number);
}

/** ITU-T G.722 at 64 kbit/s: two samples of 16 kHz become one octet. */
export class G722Encoder {
  readonly #lower = new G722Band(LOWER_BAND);
  readonly #upper = new G722Band(UPPER_BAND);
  readonly #history = new Int32Array(QMF_TAPS);

  encodePair(first: number, second: number): number {
    const history = this.#history;
    history.copyWithin(0, 2);
    history[QMF_TAPS - 2] = first;
    history[QMF_TAPS - 1] = second;
    let even = 0;
    let odd = 0;
    for (let i = 0; i < QMF_TAPS / 2; i += 1) {
      odd += (history[2 * i] as number) * (QMF[i] as number);
      even += (history[2 * i + 1] as number) * (QMF[QMF_TAPS / 2 - 1 - i] as number);
    }
    const lower = lowerCode(saturate(((even + odd) >> 14) - this.#lower.predicted), this.#lower.scale);
    const upper = upperCode(saturate(((even - odd) >> 14) - this.#upper.predicted), this.#upper.scale);
    adaptLower(this.#lower, lower);
    adaptUpper(this.#upper, upper);
    return (upper << 6) | lower;
  }
}

/** Reconstructed samples of a sub-band have 15 bits. */
function toBandSample(value: number): number {
  return Math.max(-16_384, Math.min(16_383, value));
}

export class G722Decoder {
  readonly #lower = new G722Band(LOWER_BAND);
  readonly #upper = new G722Band(UPPER_BAND);
  readonly #history = new Int32Array(QMF_TAPS);

  /** Writes the two samples of an octet into `out` at `at`. */
  decodePair(octet: number, out: Int16Array, at: number): void {
    const lowerBits = octet & 0x3f;
    const upperBits = octet >> 6;
    const lower = toBandSample(
      this.#lower.predicted + product(this.#lower.scale, LOWER_VALUES_6[lowerBits] as number),
    );
    const upper = toBandSample(
      this.#upper.predicted + product(this.#upper.scale, UPPER_VALUES[upperBits] as number),
    );
    adaptLower(this.#lower, lowerBits);
    adaptUpper(this.#upper, upperBits);
    const history = this.#history;
    history.copyWithin(0, 2);
    history[QMF_TAPS - 2] = lower + upper;
    history[QMF_TAPS - 1] = lower - upper;
    let first = 0;
    let second = 0;
    for (let i = 0; i < QMF_TAPS / 2; i += 1) {
      second += (history[2 * i] as number) * (QMF[i] as number);
      first += (history[2 * i + 1] as number) * (QMF[QMF_TAPS / 2 - 1 - i] as number);
    }
    out[at] = saturate(first >> 11);
    out[at + 1] = saturate(second >> 11);
  }
}
