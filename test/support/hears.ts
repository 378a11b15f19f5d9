import type { MediaSession } from '../../src/media/media-session.ts';
import { goertzel } from './tones.ts';
import { until } from './until.ts';

/** Frames of 20 ms in which a tone must be heard before it counts, and how loud it must be. */
const FRAMES = 5;
const AMPLITUDE = 3_000;
const LIMIT_MS = 5_000;

/** Resolves once this tone is heard on a line for 100 ms. @throws where that does not come in time */
export async function hears(media: MediaSession, frequencyHz: number, limitMs = LIMIT_MS): Promise<void> {
  let frames = 0;
  const stop = media.audio.on(({ samples }) => {
    if (goertzel(samples, frequencyHz) > AMPLITUDE) frames += 1;
  });
  try {
    await until(`${frequencyHz} Hz is heard`, () => frames >= FRAMES, limitMs);
  } finally {
    stop();
  }
}
