import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { checkedRate, type DecodedAudio } from './decoded-audio.ts';
import { mp3Padding } from './mp3-gapless.ts';

/** Decoded at a time: what lies in the decoder's memory, whatever the length of the file. Seconds. */
const PIECE_SECONDS = 10;

/** minimp3 as a WebAssembly module without imports: nothing that a file does to it reaches further than its own memory. */
interface Decoder {
  memory: { buffer: ArrayBuffer };
  decoder_init(): void;
  decoder_set_mp3_data_size(bytes: number): void;
  decoder_mp3_data_offset(): number;
  decoder_decode(seconds: number): void;
  decoder_pcm_data_offset(): number;
  decode_results_num_samples(): number;
  decode_results_num_channels(): number;
  decode_results_sampling_rate(): number;
}

let program: WebAssembly.Module | undefined;

function newDecoder(): Decoder {
  program ??= new WebAssembly.Module(
    readFileSync(createRequire(import.meta.url).resolve('minimp3-wasm/dist/decoder.opt.wasm')),
  );
  return new WebAssembly.Instance(program, {}).exports as unknown as Decoder;
}

/**
 * Decodes an MP3 file to one channel, without what its encoder added at both ends.
 * @param limitMs audio beyond it is left out
 * @throws {Error} where there is no audio in it, or its rate changes amid it
 */
export function decodeMp3(bytes: Uint8Array, limitMs: number): DecodedAudio {
  const decoder = newDecoder();
  decoder.decoder_init();
  decoder.decoder_set_mp3_data_size(bytes.length);
  new Uint8Array(decoder.memory.buffer, decoder.decoder_mp3_data_offset(), bytes.length).set(bytes);
  const pieces: Int16Array[] = [];
  let rateHz = 0;
  for (let doneMs = 0; doneMs < limitMs; doneMs += PIECE_SECONDS * 1000) {
    decoder.decoder_decode(PIECE_SECONDS);
    const count = decoder.decode_results_num_samples();
    if (count === 0) break;
    const pieceRateHz = checkedRate(decoder.decode_results_sampling_rate());
    if (rateHz !== 0 && pieceRateHz !== rateHz) throw new Error('the sample rate of its MP3 changes');
    rateHz = pieceRateHz;
    pieces.push(toMono(decoder, count));
  }
  if (rateHz === 0) throw new Error('its MP3 has no audio');
  const { start, end } = mp3Padding(bytes);
  const samples = joined(pieces);
  const isWhole = samples.length < (limitMs * rateHz) / 1000;
  return { sampleRateHz: rateHz, samples: samples.subarray(start, samples.length - (isWhole ? end : 0)) };
}

function toMono(decoder: Decoder, count: number): Int16Array {
  const channels = decoder.decode_results_num_channels();
  const pcm = new Int16Array(decoder.memory.buffer, decoder.decoder_pcm_data_offset(), count);
  if (channels !== 2) return pcm.slice();
  const mono = new Int16Array(count / 2);
  for (let i = 0; i < mono.length; i += 1)
    mono[i] = Math.round(((pcm[i * 2] as number) + (pcm[i * 2 + 1] as number)) / 2);
  return mono;
}

function joined(pieces: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
