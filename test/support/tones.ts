/** Audio for tests: tones that can be told apart, and the ear that tells them. All at 8 kHz. */
const SAMPLE_RATE_HZ = 8000;

/** A sine of a frequency. `from` is the sample at which it begins, so that pieces join without a click. */
export function tone(frequencyHz: number, durationMs: number, amplitude = 8000, from = 0): Int16Array {
  const length = Math.round((durationMs * SAMPLE_RATE_HZ) / 1000);
  return Int16Array.from({ length }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequencyHz * (from + i)) / SAMPLE_RATE_HZ)),
  );
}

/** Amplitude of a frequency in the samples (Goertzel), in the unit of {@link tone}'s `amplitude`. */
export function goertzel(samples: Int16Array, frequencyHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ);
  let last = 0;
  let beforeLast = 0;
  for (const sample of samples) {
    const now = sample + coefficient * last - beforeLast;
    beforeLast = last;
    last = now;
  }
  const power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
  return samples.length === 0 ? 0 : (2 * Math.sqrt(Math.max(0, power))) / samples.length;
}

/** Root mean square of the samples. */
export function rms(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

/** The tenths of a second in which the channel has the tone, or any sound. */
export function tenths(samples: Int16Array, sounds: (piece: Int16Array) => boolean): number {
  const step = SAMPLE_RATE_HZ / 10;
  let count = 0;
  for (let at = 0; at + step <= samples.length; at += step) {
    if (sounds(samples.subarray(at, at + step))) count += 1;
  }
  return count;
}

/** Joins pieces of audio into one. */
export function joinSamples(pieces: readonly Int16Array[]): Int16Array {
  const joined = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
