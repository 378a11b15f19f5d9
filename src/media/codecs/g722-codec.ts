import type { AudioDecoder, AudioEncoder } from './audio-codec.ts';
import { MAX_PACKET_SAMPLES } from './audio-codec.ts';
import { G722Decoder, G722Encoder } from './g722.ts';
import { Downsampler, Upsampler } from './half-band.ts';

/** G.722 sent from 8 kHz audio. */
export class G722AudioEncoder implements AudioEncoder {
  readonly #encoder = new G722Encoder();
  readonly #upsampler = new Upsampler(MAX_PACKET_SAMPLES);
  readonly #wide = new Int16Array(2 * MAX_PACKET_SAMPLES);

  encode(samples: Int16Array, bytes: Uint8Array, offset: number): number {
    const wide = this.#wide;
    this.#upsampler.process(samples, wide);
    for (let i = 0; i < samples.length; i += 1)
      bytes[offset + i] = this.#encoder.encodePair(wide[2 * i] as number, wide[2 * i + 1] as number);
    return samples.length;
  }

  close(): void {}
}

/** G.722 heard as 8 kHz audio. */
export class G722AudioDecoder implements AudioDecoder {
  readonly #decoder = new G722Decoder();
  readonly #downsampler = new Downsampler(2 * MAX_PACKET_SAMPLES);
  readonly #wide = new Int16Array(2 * MAX_PACKET_SAMPLES);

  decode(bytes: Uint8Array, offset: number, length: number, out: Int16Array): number {
    if (length > MAX_PACKET_SAMPLES) return -1;
    const wide = this.#wide;
    for (let i = 0; i < length; i += 1) this.#decoder.decodePair(bytes[offset + i] as number, wide, 2 * i);
    this.#downsampler.process(wide, 2 * length, out);
    return length;
  }

  close(): void {}
}
