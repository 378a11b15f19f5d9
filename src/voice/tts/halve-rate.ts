/** Taps of the low-pass filter: a stop band of 70 dB from 4.3 kHz at 16 kHz. */
const TAPS = 63;
/** Cut-off as a share of the input rate: 3.7 kHz of 16 kHz, so that 4 kHz and above do not fold back. */
const CUTOFF = 3_700 / 16_000;

/** Windowed-sinc low-pass (Blackman), gain 1 at 0 Hz. */
export function lowPassTaps(taps: number, cutoff: number): Float64Array {
  const centre = (taps - 1) / 2;
  const filter = Float64Array.from({ length: taps }, (_, index) => {
    const x = index - centre;
    const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x);
    const phase = (2 * Math.PI * index) / (taps - 1);
    return sinc * (0.42 - 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase));
  });
  const gain = filter.reduce((sum, tap) => sum + tap, 0);
  return filter.map((tap) => tap / gain);
}

const FILTER = lowPassTaps(TAPS, CUTOFF);

/** Brings a whole piece of audio to half its rate (16 to 8 kHz), without delay. */
export function halveRate(samples: Int16Array): Int16Array {
  const half = new Int16Array(Math.floor(samples.length / 2));
  const centre = (TAPS - 1) / 2;
  for (let out = 0; out < half.length; out += 1) {
    const first = 2 * out - centre;
    let sum = 0;
    for (let tap = Math.max(0, -first); tap < TAPS && first + tap < samples.length; tap += 1) {
      sum += (FILTER[tap] ?? 0) * (samples[first + tap] ?? 0);
    }
    half[out] = Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  }
  return half;
}
