import { Worker } from 'node:worker_threads';
import type { DecodingReply } from './decoding-worker.ts';

/** A file of the largest size takes three seconds; a broken one may hold its decoder for ever. */
const LIMIT_MS = 8_000;
/** Memory of the thread beside the file and its audio. */
const HEAP_MB = 64;
/** Files that may wait for their turn, of all customers: each holds up to 10 MB meanwhile. */
const MAX_WAITING = 8;

/** Nothing is wrong with the file: others are before it. */
export class DecodeQueueFullError extends Error {
  constructor() {
    super('too many files wait to be decoded');
    this.name = 'DecodeQueueFullError';
  }
}

/**
 * Decodes a file in a thread of its own, which ends with it: a large one would stop the exchange for seconds, and a broken
 * one may do what it likes to the decoder.
 * @throws {Error} saying what is wrong with the file; {@link DecodeQueueFullError}
 */
export function decodeInWorker(bytes: Uint8Array, limitMs = LIMIT_MS): Promise<Int16Array> {
  // The one that is being decoded does not wait.
  if (pending > MAX_WAITING) return Promise.reject(new DecodeQueueFullError());
  pending += 1;
  const decoded = last.then(() => decodeAlone(bytes, limitMs));
  last = decoded
    .catch(() => {
      // It is told to whoever asked for it; the next file has its turn all the same.
    })
    .finally(() => {
      pending -= 1;
    });
  return decoded;
}

/** One after the other, so that no number of files takes more than one core from the calls. */
let last: Promise<unknown> = Promise.resolve();
/** Files that wait or are being decoded. */
let pending = 0;

function decodeAlone(bytes: Uint8Array, limitMs: number): Promise<Int16Array> {
  // Run from source the entry ends in .ts, compiled in .js.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./decoding-worker.${extension}`, import.meta.url), {
    name: 'hold-audio',
    workerData: bytes,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      reject(new Error('it takes too long to decode'));
      void worker.terminate();
    }, limitMs);
    worker.once('message', (reply: DecodingReply) => {
      if ('samples' in reply) resolve(reply.samples);
      else reject(new Error(reply.error));
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      clearTimeout(limit);
      // Without effect where it has told something.
      reject(new Error('its decoder ended'));
    });
  });
}
