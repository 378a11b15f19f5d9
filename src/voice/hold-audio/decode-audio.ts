import { decodeMp3 } from './decode-mp3.ts';
import { decodeWave } from './decode-wave.ts';
import { toLineRate } from './to-line-rate.ts';

/** More of a file than this is left out: the caller hears it from its start again. Ten minutes, 10 MB of memory. */
export const HOLD_AUDIO_LIMIT_MS = 600_000;

/**
 * Makes audio for a line, 8 kHz and one channel, of a WAV or MP3 file.
 * @throws {Error} saying what is wrong with the file
 */
export function decodeAudio(bytes: Uint8Array): Int16Array<ArrayBuffer> {
  const samples = toLineRate(decoderOf(bytes)(bytes, HOLD_AUDIO_LIMIT_MS));
  if (samples.length === 0) throw new Error('it has no audio');
  return samples;
}

/** By what the file says of itself: servers tell types of audio in many ways. */
function decoderOf(bytes: Uint8Array): typeof decodeWave {
  const tag = String.fromCharCode(...bytes.subarray(0, 4));
  if (tag === 'RIFF') return decodeWave;
  const isFrame = bytes[0] === 0xff && ((bytes[1] as number) & 0xe6) === 0xe2;
  if (tag.startsWith('ID3') || isFrame) return decodeMp3;
  throw new Error('it is neither WAV nor MP3');
}
