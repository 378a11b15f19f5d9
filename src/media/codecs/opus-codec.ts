import { type AudioDecoder, type AudioEncoder, type LossRepair, MAX_PACKET_SAMPLES } from './audio-codec.ts';
import type { OpusLibrary } from './opus-library.ts';

export class OpusAudioEncoder implements AudioEncoder {
  readonly #library: OpusLibrary;
  readonly #state: number;

  constructor(library: OpusLibrary) {
    this.#library = library;
    this.#state = library.createEncoder();
  }

  encode(samples: Int16Array, bytes: Uint8Array, offset: number): number {
    return this.#library.encode(this.#state, samples, bytes, offset);
  }

  close(): void {
    this.#library.free(this.#state);
  }
}

export class OpusAudioDecoder implements AudioDecoder {
  readonly repair: LossRepair;
  readonly #library: OpusLibrary;
  readonly #state: number;

  constructor(library: OpusLibrary) {
    this.#library = library;
    this.#state = library.createDecoder();
    this.repair = {
      conceal: (count, out) => library.decode(this.#state, undefined, count, out),
      recover: (bytes, offset, length, count, out) =>
        library.decode(this.#state, bytes.subarray(offset, offset + length), count, out, true),
    };
  }

  decode(bytes: Uint8Array, offset: number, length: number, out: Int16Array): number {
    const packet = bytes.subarray(offset, offset + length);
    return this.#library.decode(this.#state, packet, MAX_PACKET_SAMPLES, out);
  }

  close(): void {
    this.#library.free(this.#state);
  }
}
