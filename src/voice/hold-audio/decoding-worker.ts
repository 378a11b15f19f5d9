import { parentPort, workerData } from 'node:worker_threads';
import { decodeAudio } from './decode-audio.ts';

export type DecodingReply = { samples: Int16Array<ArrayBuffer> } | { error: string };

/** Decodes the one file that it was started with. */
function decode(bytes: Uint8Array): DecodingReply {
  try {
    return { samples: decodeAudio(bytes) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

const reply = decode(workerData as Uint8Array);
parentPort?.postMessage(reply, 'samples' in reply ? [reply.samples.buffer] : []);
