/** Pairs of taps of the filter: 47 taps in all keep what is above 4.6 kHz 60 dB down and what is below 3.4 kHz whole. */
const PAIRS = 12;
const HISTORY_LOW = 2 * PAIRS - 1;
const HISTORY_HIGH = 4 * PAIRS - 2;
/** Shape of the Kaiser window for 60 dB. */
const KAISER_BETA = 5.65;

/** Odd taps of a half-band low-pass; its middle one is 0.5, its other even ones are 0, and at 4 of 16 kHz it is 6 dB down. */
const TAPS = halfBandTaps();

function halfBandTaps(): Float64Array {
  const reach = 2 * PAIRS;
  const taps = Float64Array.from({ length: PAIRS }, (_, pair) => {
    const at = 2 * pair + 1;
    const window = bessel(KAISER_BETA * Math.sqrt(1 - (at / reach) ** 2)) / bessel(KAISER_BETA);
    return (Math.sin((Math.PI * at) / 2) / (Math.PI * at)) * window;
  });
  // Both halves of the odd taps add up to 0.5, so that the level of a steady signal is kept.
  const sum = 2 * taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => (0.5 * tap) / sum);
}

/** Modified Bessel function of the first kind, order 0. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-12 * sum; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function toSample(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value)));
}

/** Makes 16 kHz of 8 kHz; the sound is 12 samples of 8 kHz late. */
export class Upsampler {
  readonly #samples: Float64Array;

  /** @param maxSamples most samples of 8 kHz at a time */
  constructor(maxSamples: number) {
    this.#samples = new Float64Array(HISTORY_LOW + maxSamples);
  }

  /** Writes twice as many samples into `out` as `input` has. */
  process(input: Int16Array, out: Int16Array): void {
    const samples = this.#samples;
    samples.set(input, HISTORY_LOW);
    for (let n = 0; n < input.length; n += 1) {
      const middle = n + PAIRS - 1;
      let between = 0;
      for (let pair = 0; pair < PAIRS; pair += 1)
        between +=
          (TAPS[pair] as number) *
          ((samples[middle - pair] as number) + (samples[middle + 1 + pair] as number));
      out[2 * n] = samples[middle] as number;
      out[2 * n + 1] = toSample(2 * between);
    }
    samples.copyWithin(0, input.length, input.length + HISTORY_LOW);
  }
}

/** Makes 8 kHz of 16 kHz, what lies above taken away; the sound is 23 samples of 16 kHz late. */
export class Downsampler {
  readonly #samples: Float64Array;

  /** @param maxSamples most samples of 16 kHz at a time */
  constructor(maxSamples: number) {
    this.#samples = new Float64Array(HISTORY_HIGH + maxSamples);
  }

  /** Writes half as many samples into `out` as the first `count` of `input`, an even number. */
  process(input: Int16Array, count: number, out: Int16Array): void {
    const samples = this.#samples;
    samples.set(input.subarray(0, count), HISTORY_HIGH);
    for (let n = 0; 2 * n < count; n += 1) {
      const middle = 2 * n + HISTORY_HIGH / 2;
      let sum = 0.5 * (samples[middle] as number);
      for (let pair = 0; pair < PAIRS; pair += 1) {
        const away = 2 * pair + 1;
        sum +=
          (TAPS[pair] as number) * ((samples[middle - away] as number) + (samples[middle + away] as number));
      }
      out[n] = toSample(sum);
    }
    samples.copyWithin(0, count, count + HISTORY_HIGH);
  }
}
