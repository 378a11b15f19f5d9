import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** What the module of libopus exports, as far as we call it. Pointers are offsets into its memory. */
interface OpusExports {
  memory: { readonly buffer: ArrayBuffer };
  _initialize(): void;
  malloc(bytes: number): number;
  free(pointer: number): void;
  opus_encoder_get_size(channels: number): number;
  opus_encoder_init(encoder: number, rateHz: number, channels: number, application: number): number;
  opus_encoder_ctl_set(encoder: number, request: number, value: number): number;
  opus_encode(encoder: number, pcm: number, samples: number, out: number, maxBytes: number): number;
  opus_decoder_get_size(channels: number): number;
  opus_decoder_init(decoder: number, rateHz: number, channels: number): number;
  opus_decode(
    decoder: number,
    packet: number,
    bytes: number,
    pcm: number,
    maxSamples: number,
    fromCopy: 0 | 1,
  ): number;
}

/** libopus changes the rate itself, and at 8 kHz spends nothing on what a telephone would not carry. */
const RATE_HZ = 8000;
const CHANNELS = 1;
/** OPUS_APPLICATION_VOIP of opus_defines.h, as are the requests below. */
const APPLICATION_VOICE = 2048;
const SET_BITRATE = 4002;
const SET_COMPLEXITY = 4010;
const SET_INBAND_FEC = 4012;
const SET_PACKET_LOSS_PERCENT = 4014;
/** Bits a second: of narrow-band speech nothing is missed above 12 to 16 kbit/s; the rest is room for the repair of losses. */
const BITRATE = 20_000;
/** Of 0 to 10: above it the processor pays much more for what nobody hears at this band. */
const COMPLEXITY = 5;
/** A copy of each packet goes into the next only where losses are expected. */
const EXPECTED_LOSS_PERCENT = 5;
/** Largest packet that is read, an Ethernet frame, and most samples that one holds, 120 ms. */
const MAX_PACKET_BYTES = 1500;
const MAX_SAMPLES = 960;
const BYTES_PER_SAMPLE = 2;
/** The module logs nothing and opens no files; what it could ask of its system is answered with success. */
const SYSTEM = { fd_seek: () => 0, fd_write: () => 0, fd_close: () => 0, proc_exit: () => undefined };

/** Node's types know the namespace, but not these functions of it. */
const assembly = WebAssembly as unknown as {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ exports: object }>;
};

let loaded: OpusLibrary | undefined;
let loading: Promise<OpusLibrary> | undefined;

/** libopus of this thread, where it has been loaded. */
export function loadedOpus(): OpusLibrary | undefined {
  return loaded;
}

/**
 * Loads libopus, once a thread; it is compiled beside the thread, so that calls in progress do not wait. After a failure
 * the next call tries again.
 */
export function loadOpus(): Promise<OpusLibrary> {
  loading ??= instantiate().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function instantiate(): Promise<OpusLibrary> {
  const file = fileURLToPath(import.meta.resolve('@evan/opus/wasm/simd.wasm'));
  const module = await assembly.compile(await readFile(file));
  const instance = await assembly.instantiate(module, {
    wasi_snapshot_preview1: SYSTEM,
    env: { emscripten_notify_memory_growth: () => undefined },
  });
  loaded = new OpusLibrary(instance.exports as OpusExports);
  return loaded;
}

/** libopus for mono at 8 kHz. States are pointers; whoever makes one frees it. */
export class OpusLibrary {
  readonly #exports: OpusExports;
  readonly #packet: number;
  readonly #pcm: number;
  #bytes: Uint8Array;
  #samples: Int16Array;

  constructor(exports: OpusExports) {
    this.#exports = exports;
    exports._initialize();
    this.#packet = exports.malloc(MAX_PACKET_BYTES);
    this.#pcm = exports.malloc(MAX_SAMPLES * BYTES_PER_SAMPLE);
    this.#bytes = new Uint8Array(exports.memory.buffer);
    this.#samples = new Int16Array(exports.memory.buffer);
  }

  /** @throws {Error} when libopus refuses. */
  createEncoder(): number {
    const exports = this.#exports;
    const encoder = exports.malloc(exports.opus_encoder_get_size(CHANNELS));
    check(exports.opus_encoder_init(encoder, RATE_HZ, CHANNELS, APPLICATION_VOICE));
    for (const [request, value] of [
      [SET_BITRATE, BITRATE],
      [SET_COMPLEXITY, COMPLEXITY],
      [SET_INBAND_FEC, 1],
      [SET_PACKET_LOSS_PERCENT, EXPECTED_LOSS_PERCENT],
    ] as const)
      check(exports.opus_encoder_ctl_set(encoder, request, value));
    return encoder;
  }

  createDecoder(): number {
    const exports = this.#exports;
    const decoder = exports.malloc(exports.opus_decoder_get_size(CHANNELS));
    check(exports.opus_decoder_init(decoder, RATE_HZ, CHANNELS));
    return decoder;
  }

  free(state: number): void {
    this.#exports.free(state);
  }

  /** @returns octets written into `out` at `offset`. @throws {Error} when libopus refuses the length of `samples`. */
  encode(encoder: number, samples: Int16Array, out: Uint8Array, offset: number): number {
    this.#refreshViews();
    this.#samples.set(samples, this.#pcm / BYTES_PER_SAMPLE);
    const room = Math.min(MAX_PACKET_BYTES, out.length - offset);
    const length = check(this.#exports.opus_encode(encoder, this.#pcm, samples.length, this.#packet, room));
    this.#refreshViews();
    out.set(this.#bytes.subarray(this.#packet, this.#packet + length), offset);
    return length;
  }

  /**
   * Decodes a packet; none stands for a loss, whose length is then `count`.
   * @param isCopy reads the copy of the packet before, of `count` samples, that it may carry
   * @returns samples written into `out`; negative for what is no packet of Opus
   */
  decode(
    decoder: number,
    packet: Uint8Array | undefined,
    count: number,
    out: Int16Array,
    isCopy = false,
  ): number {
    const length = packet?.length ?? 0;
    const room = Math.min(count, MAX_SAMPLES, out.length);
    if (length > MAX_PACKET_BYTES) return -1;
    this.#refreshViews();
    if (packet) this.#bytes.set(packet, this.#packet);
    const written = this.#exports.opus_decode(
      decoder,
      packet ? this.#packet : 0,
      length,
      this.#pcm,
      room,
      isCopy ? 1 : 0,
    );
    if (written <= 0) return -1;
    this.#refreshViews();
    const from = this.#pcm / BYTES_PER_SAMPLE;
    out.set(this.#samples.subarray(from, from + written));
    return written;
  }

  /** The module's memory is another buffer once it has grown. */
  #refreshViews(): void {
    if (this.#bytes.length > 0) return;
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    this.#samples = new Int16Array(this.#exports.memory.buffer);
  }
}

function check(result: number): number {
  if (result < 0) throw new Error(`libopus refused with ${result}.`);
  return result;
}
