import { stat } from 'node:fs/promises';
import { SAMPLE_RATE_HZ } from '../media-session.ts';

/** Bytes before the samples of a recording, and of one sample of both channels (16 bits each). */
const HEADER_BYTES = 44;
const SAMPLE_BYTES = 4;

/** How long a recording is, by its size, whatever its header says. @returns milliseconds; undefined where there is none. */
export async function recordingDurationMs(path: string): Promise<number | undefined> {
  try {
    const { size } = await stat(path);
    if (size <= HEADER_BYTES) return undefined;
    return Math.round(((size - HEADER_BYTES) / SAMPLE_BYTES / SAMPLE_RATE_HZ) * 1000);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
