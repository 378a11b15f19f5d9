import { SAMPLE_RATE_HZ } from '../media-session.ts';

export const WAV_HEADER_BYTES = 44;
export const BYTES_PER_SAMPLE = 2;
const PCM_FORMAT = 1;
/** The size fields have 32 bits. */
const MAX_DATA_BYTES = 0xffffffff - WAV_HEADER_BYTES;

/** The header of a 16-bit PCM file at 8 kHz that holds `dataBytes` of audio. */
export function wavHeader(channels: number, dataBytes: number): Buffer {
  const size = Math.min(dataBytes, MAX_DATA_BYTES);
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(size + WAV_HEADER_BYTES - 8, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(PCM_FORMAT, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(SAMPLE_RATE_HZ, 24);
  header.writeUInt32LE(SAMPLE_RATE_HZ * channels * BYTES_PER_SAMPLE, 28);
  header.writeUInt16LE(channels * BYTES_PER_SAMPLE, 32);
  header.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(size, 40);
  return header;
}

/** How many channels a header tells of. */
export function channelsOf(header: Buffer): number {
  return header.readUInt16LE(22);
}
