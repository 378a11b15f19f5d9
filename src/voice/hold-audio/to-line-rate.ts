import { SAMPLE_RATE_HZ } from '../../media/media-session.ts';
import type { DecodedAudio } from './decoded-audio.ts';

/** Zero crossings of the filter on each side: 60 dB below what passes. */
const CROSSINGS = 16;
/** Points of the filter between two crossings, which are read as a table. */
const POINTS = 512;
/** What passes, as a share of half the lower rate: 3.7 kHz of 4, so that nothing folds back. */
const PASS = 0.925;

/** Half of a sinc under a Blackman window; the other half mirrors it. */
const FILTER = Float64Array.from({ length: CROSSINGS * POINTS + 2 }, (_, index) => {
  const x = index / POINTS;
  if (x >= CROSSINGS) return 0;
  const phase = Math.PI * (1 + x / CROSSINGS);
  const window = 0.42 - 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase);
  return (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)) * window;
});

/** Brings audio of any rate to that of the line. Its end is taken to go on at its start, so that a loop joins. */
export function toLineRate({ sampleRateHz, samples }: DecodedAudio): Int16Array<ArrayBuffer> {
  if (sampleRateHz === SAMPLE_RATE_HZ) return new Int16Array(samples);
  const step = sampleRateHz / SAMPLE_RATE_HZ;
  // The lower of the two rates bounds what passes: in crossings for each sample of the input.
  const scale = PASS * Math.min(1, 1 / step);
  const reach = Math.ceil(CROSSINGS / scale);
  const out = new Int16Array(Math.floor(samples.length / step));
  for (let index = 0; index < out.length; index += 1) {
    const centre = index * step;
    const middle = Math.floor(centre);
    let sum = 0;
    for (let at = middle - reach + 1; at <= middle + reach; at += 1) {
      const place = Math.abs(at - centre) * scale * POINTS;
      if (place >= CROSSINGS * POINTS) continue;
      sum += (FILTER[Math.round(place)] as number) * wrapped(samples, at);
    }
    out[index] = Math.max(-32_768, Math.min(32_767, Math.round(sum * scale)));
  }
  return out;
}

function wrapped(samples: Int16Array, at: number): number {
  const index = at < 0 ? at + samples.length : at >= samples.length ? at - samples.length : at;
  return samples[index] ?? 0;
}
