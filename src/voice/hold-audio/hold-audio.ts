import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../lib/clock.ts';
import { AudioCache } from '../tts/audio-cache.ts';
import { DecodeQueueFullError, decodeInWorker } from './decode-in-worker.ts';

/** The largest file that is taken: ten minutes at 128 kbit/s. Bytes. */
export const HOLD_AUDIO_MAX_BYTES = 10 * 1024 * 1024;
/** From the request to the last byte. A caller hears the built-in music meanwhile. Milliseconds. */
export const HOLD_AUDIO_TIMEOUT_MS = 15_000;
/** Audio is played from memory for so long before its server is asked whether it has changed. Milliseconds. */
const FRESH_MS = 300_000;
/** What could not be had is not asked for again for so long: each call of a customer would else cost a fetch. Milliseconds. */
const FAILED_MS = 60_000;
/** Decoded audio that is kept, of all URLs: about an hour. Bytes. */
const CACHE_BYTES = 64 * 1024 * 1024;
/** URLs of which is known when they were asked and what for, or why they failed; more are asked anew. */
const MAX_KNOWN = 500;

/** Audio of customers' URLs, ready for a line. */
export interface HoldAudio {
  /**
   * 8 kHz, one channel. From memory where it is there; else fetched, once for all who ask meanwhile. A failure is told to
   * all who ask within a minute of it.
   * @throws {Error} saying why it cannot be had, in words for the customer
   */
  load(url: string): Promise<Int16Array>;
}

export interface HoldAudioOptions {
  /** The guarded way out, which takes replies of {@link HOLD_AUDIO_MAX_BYTES}. */
  fetch: typeof globalThis.fetch;
  clock: Clock;
  decode?: (bytes: Uint8Array) => Promise<Int16Array>;
}

interface Known {
  etag: string | undefined;
  checkedAt: number;
}

interface Failure {
  error: Error;
  failedAt: number;
}

/** Fetches, decodes and keeps the audio that customers name by its URL. */
export function createHoldAudio(options: HoldAudioOptions): HoldAudio {
  return new FetchedAudio(options);
}

class FetchedAudio implements HoldAudio {
  readonly #fetch: typeof globalThis.fetch;
  readonly #clock: Clock;
  readonly #decode: (bytes: Uint8Array) => Promise<Int16Array>;
  readonly #cache = new AudioCache(CACHE_BYTES);
  readonly #known = new BoundedMap<string, Known>(MAX_KNOWN);
  readonly #failures = new BoundedMap<string, Failure>(MAX_KNOWN);
  readonly #loading = new Map<string, Promise<Int16Array>>();

  constructor({ fetch, clock, decode = decodeInWorker }: HoldAudioOptions) {
    this.#fetch = fetch;
    this.#clock = clock;
    this.#decode = decode;
  }

  load(url: string): Promise<Int16Array> {
    const cached = this.#cache.get(url);
    const known = this.#known.get(url);
    if (cached && known && this.#clock.monotonic() - known.checkedAt < FRESH_MS)
      return Promise.resolve(cached);
    const failure = this.#failures.get(url);
    if (failure && this.#clock.monotonic() - failure.failedAt < FAILED_MS)
      return Promise.reject(failure.error);
    let loading = this.#loading.get(url);
    if (!loading) {
      loading = this.#load(url, cached, known?.etag).finally(() => this.#loading.delete(url));
      this.#loading.set(url, loading);
    }
    return loading;
  }

  async #load(url: string, cached: Int16Array | undefined, etag: string | undefined): Promise<Int16Array> {
    const headers = cached && etag !== undefined ? { 'if-none-match': etag } : {};
    try {
      const reply = await this.#fetch(url, { headers, signal: AbortSignal.timeout(HOLD_AUDIO_TIMEOUT_MS) });
      if (reply.status === 304 && cached) {
        this.#remember(url, etag);
        return cached;
      }
      if (reply.status !== 200) {
        await reply.body?.cancel();
        throw new Error(`its server answered ${reply.status}`);
      }
      const samples = await this.#decode(await bytesOf(reply));
      this.#cache.set(url, samples);
      this.#remember(url, reply.headers.get('etag') ?? undefined);
      return samples;
    } catch (error) {
      // What was good a while ago is better than other music; it is tried again next time.
      if (cached) return cached;
      const reason = error instanceof Error ? error.message : error;
      const failure = new Error(`The audio cannot be had: ${reason}`);
      // Other customers' files are no fault of this one.
      if (!(error instanceof DecodeQueueFullError))
        this.#failures.set(url, { error: failure, failedAt: this.#clock.monotonic() });
      throw failure;
    }
  }

  #remember(url: string, etag: string | undefined): void {
    this.#failures.delete(url);
    this.#known.set(url, { etag, checkedAt: this.#clock.monotonic() });
  }
}

/** @throws {Error} as soon as the reply is larger than what is taken. */
async function bytesOf(reply: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of reply.body ?? []) {
    size += piece.length;
    if (size > HOLD_AUDIO_MAX_BYTES) throw new Error(`it has more than ${HOLD_AUDIO_MAX_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
