import type { AudioDecoder, AudioEncoder } from './audio-codec.ts';
import { decodeG711, encodeG711, type G711Law } from './g711.ts';

/** G.711 has no state: one object serves both directions. */
export class G711Codec implements AudioEncoder, AudioDecoder {
  readonly #law: G711Law;

  constructor(law: G711Law) {
    this.#law = law;
  }

  encode(samples: Int16Array, bytes: Uint8Array, offset: number): number {
    encodeG711(this.#law, samples, bytes, offset);
    return samples.length;
  }

  decode(bytes: Uint8Array, offset: number, length: number, out: Int16Array): number {
    if (length > out.length) return -1;
    decodeG711(this.#law, bytes, offset, length, out);
    return length;
  }

  close(): void {}
}
