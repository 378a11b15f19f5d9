import assert from 'node:assert/strict';
import { SAMPLE_RATE_HZ } from '../../src/media/media-session.ts';
import { BYTES_PER_SAMPLE, wavHeader } from '../../src/media/recording/wav-header.ts';

const RIFF_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;

/** A WAV file of one channel at 8 kHz. */
export function wavOf(samples: Int16Array): Buffer {
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  return Buffer.concat([wavHeader(1, bytes.length), bytes]);
}

/**
 * The samples of a 16-bit WAV file of one channel, brought to 8 kHz. A program that was killed has not filled in the size of
 * its data: what is there counts. @throws for a file of any other kind
 */
export function readWav(file: Buffer): Int16Array {
  const format = chunkOf(file, 'fmt ');
  const data = chunkOf(file, 'data');
  const [channels, rateHz, bits] = [format.readUInt16LE(2), format.readUInt32LE(4), format.readUInt16LE(14)];
  const step = rateHz / SAMPLE_RATE_HZ;
  if (channels !== 1 || bits !== 8 * BYTES_PER_SAMPLE || !Number.isInteger(step))
    throw new Error(`a WAV file of ${channels} channels, ${rateHz} Hz and ${bits} bits cannot be read`);
  const length = Math.floor(data.length / BYTES_PER_SAMPLE / step);
  return Int16Array.from({ length }, (_, index) => {
    let sum = 0;
    for (let at = 0; at < step; at += 1) sum += data.readInt16LE((index * step + at) * BYTES_PER_SAMPLE);
    return Math.round(sum / step);
  });
}

/** A recording of two sides. */
export interface Wave {
  channels: number;
  sampleRateHz: number;
  left: Int16Array;
  right: Int16Array;
}

/** Reads a RIFF file of 16-bit stereo PCM, chunk by chunk. */
export function readWave(file: Buffer): Wave {
  assert.equal(file.toString('latin1', 0, 4) + file.toString('latin1', 8, 12), 'RIFFWAVE');
  let format: Buffer | undefined;
  let data: Buffer | undefined;
  for (let at = 12; at + 8 <= file.length; ) {
    const size = file.readUInt32LE(at + 4);
    const body = file.subarray(at + 8, at + 8 + size);
    const id = file.toString('latin1', at, at + 4);
    if (id === 'fmt ') format = body;
    if (id === 'data') data = body;
    at += 8 + size + (size % 2);
  }
  assert.ok(format && data);
  assert.deepEqual([format.readUInt16LE(0), format.readUInt16LE(14)], [1, 16], 'PCM of 16 bits');
  const frames = Math.floor(data.length / 4);
  const channel = (offset: number) =>
    Int16Array.from({ length: frames }, (_, index) => data.readInt16LE(index * 4 + offset));
  return {
    channels: format.readUInt16LE(2),
    sampleRateHz: format.readUInt32LE(4),
    left: channel(0),
    right: channel(2),
  };
}

function chunkOf(file: Buffer, name: string): Buffer {
  for (let at = RIFF_BYTES; at + CHUNK_HEAD_BYTES <= file.length; ) {
    const size = file.readUInt32LE(at + 4);
    const start = at + CHUNK_HEAD_BYTES;
    const isUnfinished = size === 0 || start + size > file.length;
    if (file.toString('latin1', at, at + 4) === name)
      return file.subarray(start, isUnfinished ? file.length : start + size);
    // A chunk of odd size is followed by a byte of padding.
    at = start + size + (size % 2);
  }
  throw new Error(`the WAV file has no chunk ${JSON.stringify(name)}`);
}
