import type { VoiceActivityDetector } from './contract.ts';
import { rmsOf } from './frame-energy.ts';

/** Speech stands at least this much above the noise: 10 dB, a usual margin on telephone lines. */
const SPEECH_OVER_NOISE = 10 ** (10 / 20);
/** Below -50 dBFS nothing is speech, however silent the line. */
const QUIETEST_SPEECH = 32768 * 10 ** (-50 / 20);
/** The floor falls to a quieter frame at once by this share ... */
const FALL = 0.3;
/** ... and rises slowly, 2 % a frame or 9 dB a second, so that a sentence does not become its own floor. */
const RISE = 1.02;
/** Noise of a line before any was heard: -60 dBFS. */
const INITIAL_FLOOR = 32768 * 10 ** (-60 / 20);
/** A floor above -25 dBFS would make normal speech noise. */
const HIGHEST_FLOOR = 32768 * 10 ** (-25 / 20);

/** Tells speech by its energy above an adaptive noise floor. Needs no library; knows no difference between voice and music. */
export function createEnergyVad(): VoiceActivityDetector {
  let floor = INITIAL_FLOOR;
  return {
    process(frame) {
      const rms = rmsOf(frame);
      const speech = rms >= QUIETEST_SPEECH && rms > floor * SPEECH_OVER_NOISE;
      floor = rms < floor ? floor + (rms - floor) * FALL : Math.min(floor * RISE, rms);
      floor = Math.min(Math.max(floor, 1), HIGHEST_FLOOR);
      return speech;
    },
    close() {},
  };
}
