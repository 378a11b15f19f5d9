/** Audio as its file has it, one channel. */
export interface DecodedAudio {
  sampleRateHz: number;
  samples: Int16Array;
}

/** Rates that files of audio have, in Hz. What claims another is broken, or made to cost us memory. */
const MIN_RATE_HZ = 4_000;
const MAX_RATE_HZ = 192_000;

/** @throws {Error} where no audio has such a rate. */
export function checkedRate(sampleRateHz: number): number {
  if (sampleRateHz >= MIN_RATE_HZ && sampleRateHz <= MAX_RATE_HZ) return sampleRateHz;
  throw new Error(`its sample rate is ${sampleRateHz} Hz`);
}
