import { open, rm } from 'node:fs/promises';
import { widerRecordingPath } from '../../lib/wider-recording-path.ts';
import { SAMPLE_RATE_HZ } from '../media-session.ts';
import { BYTES_PER_SAMPLE, channelsOf, WAV_HEADER_BYTES } from './wav-header.ts';

/**
 * Keeps what a killed process left of a recording, and removes a wider form that was not finished. How long it is its size
 * tells: its header may be of a while before.
 * @returns milliseconds; undefined where there is none.
 */
export async function salvageRecording(path: string): Promise<number | undefined> {
  await rm(widerRecordingPath(path), { force: true });
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size <= WAV_HEADER_BYTES) return undefined;
    const header = Buffer.alloc(WAV_HEADER_BYTES);
    await file.read(header, 0, WAV_HEADER_BYTES, 0);
    const samples = (size - WAV_HEADER_BYTES) / BYTES_PER_SAMPLE / Math.max(1, channelsOf(header));
    return Math.round((samples / SAMPLE_RATE_HZ) * 1000);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
