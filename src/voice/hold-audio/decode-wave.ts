import { decodeG711, G711 } from '../../media/codecs/g711.ts';
import { checkedRate, type DecodedAudio } from './decoded-audio.ts';

/** Format tags of the `fmt ` chunk (RFC 2361). */
const PCM = 1;
const A_LAW = 6;
const MU_LAW = 7;
/** The tag proper is in the first two bytes of the sub-format then. */
const EXTENSIBLE = 0xfffe;
const SUB_FORMAT_OFFSET = 24;

const CHUNK_HEADER_BYTES = 8;
const FORMAT_BYTES = 16;
const MAX_CHANNELS = 8;

interface WaveFormat {
  tag: number;
  channels: number;
  sampleRateHz: number;
  bits: number;
}

/**
 * Reads a WAV file of PCM (8, 16 or 24 bits), mu-law or A-law; several channels are mixed to one.
 * @param limitMs audio beyond it is left out
 * @throws {Error} saying what it is instead
 */
export function decodeWave(bytes: Uint8Array, limitMs: number): DecodedAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: WaveFormat | undefined;
  for (let at = 12; at + CHUNK_HEADER_BYTES <= bytes.length; ) {
    const tag = String.fromCharCode(...bytes.subarray(at, at + 4));
    const body = at + CHUNK_HEADER_BYTES;
    // A file that was streamed has no true length; what is there counts.
    const length = Math.min(view.getUint32(at + 4, true), bytes.length - body);
    if (tag === 'fmt ') format = readFormat(view, body, length);
    if (tag === 'data') {
      if (!format) throw new Error('its WAV has no format before the audio');
      return readSamples(format, bytes.subarray(body, body + length), limitMs);
    }
    // Chunks lie on even places.
    at = body + length + (length % 2);
  }
  throw new Error('its WAV has no audio');
}

function readFormat(view: DataView, at: number, length: number): WaveFormat {
  if (length < FORMAT_BYTES) throw new Error('its WAV has a broken format');
  const outer = view.getUint16(at, true);
  const isExtended = outer === EXTENSIBLE && length >= SUB_FORMAT_OFFSET + 2;
  const tag = isExtended ? view.getUint16(at + SUB_FORMAT_OFFSET, true) : outer;
  const channels = view.getUint16(at + 2, true);
  const bits = view.getUint16(at + 14, true);
  if (channels < 1 || channels > MAX_CHANNELS) throw new Error(`its WAV has ${channels} channels`);
  const isKnown = tag === PCM ? [8, 16, 24].includes(bits) : [A_LAW, MU_LAW].includes(tag) && bits === 8;
  if (!isKnown) throw new Error(`its WAV has format ${tag} with ${bits} bits, not PCM, mu-law or A-law`);
  return { tag, channels, sampleRateHz: checkedRate(view.getUint32(at + 4, true)), bits };
}

function readSamples(
  { tag, channels, sampleRateHz, bits }: WaveFormat,
  data: Uint8Array,
  limitMs: number,
): DecodedAudio {
  const sampleBytes = bits / 8;
  const limit = Math.floor((limitMs * sampleRateHz) / 1000);
  const length = Math.min(limit, Math.floor(data.length / sampleBytes / channels));
  const values = valuesOf(tag, bits, data.subarray(0, length * channels * sampleBytes));
  const samples = new Int16Array(length);
  for (let i = 0; i < length; i += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) sum += values[i * channels + channel] as number;
    samples[i] = Math.round(sum / channels);
  }
  return { sampleRateHz, samples };
}

/** All samples, 16 bits each. */
function valuesOf(tag: number, bits: number, data: Uint8Array): Int16Array {
  const values = new Int16Array(data.length / (bits / 8));
  if (tag !== PCM) {
    decodeG711(tag === MU_LAW ? G711.PCMU : G711.PCMA, data, 0, data.length, values);
    return values;
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let i = 0; i < values.length; i += 1) {
    // 8 bits are unsigned; of 24 the upper 16 are what a telephone can tell.
    if (bits === 8) values[i] = ((data[i] as number) - 128) << 8;
    else values[i] = view.getInt16(bits === 16 ? i * 2 : i * 3 + 1, true);
  }
  return values;
}
