import { type FileHandle, open } from 'node:fs/promises';
import { FRAME_SAMPLES, type RecordingResult, type RecordingSide } from '../media-session.ts';
import { WAV_HEADER_BYTES, wavHeader } from './wav-header.ts';

const FRAME_MS = 20;
const FRAME_BYTES = FRAME_SAMPLES * 2 * 2;
/** Written at a time: one second. */
const CHUNK_FRAMES = 50;
/** Seconds of audio that may wait for a slow disk; 512 kB a call. */
const MAX_WAITING_CHUNKS = 16;
/** The header is put right each time this many chunks were written, so that a killed process leaves a readable file. */
const HEADER_EVERY_CHUNKS = 5;
/** Only the service may read what people said. */
const FILE_MODE = 0o600;

/**
 * A stereo WAV that grows frame by frame. Frames are gathered in memory and written behind the ticker's back; a disk
 * that is full or too slow ends the recording, never the call.
 */
export class StereoRecording {
  readonly #left: RecordingSide;
  readonly #failed: (error: string) => void;
  readonly #file: Promise<FileHandle | undefined>;
  #chunk = Buffer.allocUnsafe(CHUNK_FRAMES * FRAME_BYTES);
  #chunkFrames = 0;
  #waiting = 0;
  #writes: Promise<void>;
  #writtenBytes = 0;
  #writtenChunks = 0;
  #error: string | undefined;

  /** @param failed told once, when the recording breaks */
  constructor(path: string, left: RecordingSide, failed: (error: string) => void) {
    this.#left = left;
    this.#failed = failed;
    this.#file = open(path, 'w', FILE_MODE).catch((error: Error) => {
      this.#fail(error.message);
      return undefined;
    });
    this.#writes = this.#enqueue((file) => file.write(wavHeader(2, 0), 0, WAV_HEADER_BYTES, 0));
  }

  /** Adds 20 ms: what we heard and what we said in the same tick. Costs a copy and never waits. */
  write(received: Int16Array, sent: Int16Array): void {
    if (this.#error !== undefined) return;
    const [left, right] = this.#left === 'received' ? [received, sent] : [sent, received];
    let at = this.#chunkFrames * FRAME_BYTES;
    for (let i = 0; i < FRAME_SAMPLES; i += 1) {
      this.#chunk.writeInt16LE(left[i] as number, at);
      this.#chunk.writeInt16LE(right[i] as number, at + 2);
      at += 4;
    }
    this.#chunkFrames += 1;
    if (this.#chunkFrames === CHUNK_FRAMES) this.#flush();
  }

  /** Writes what is left, puts the header right and closes the file. */
  async stop(): Promise<RecordingResult> {
    if (this.#error === undefined && this.#chunkFrames > 0) this.#flush();
    this.#writes = this.#enqueue(async (file) => {
      await this.#patchHeader(file);
      await file.datasync();
    });
    await this.#writes;
    await (await this.#file)?.close().catch((error: Error) => this.#fail(error.message));
    const durationMs = (this.#writtenBytes / FRAME_BYTES) * FRAME_MS;
    return this.#error === undefined ? { durationMs } : { durationMs, error: this.#error };
  }

  #flush(): void {
    if (this.#waiting >= MAX_WAITING_CHUNKS) {
      this.#fail('The disk is too slow for the recording.');
      return;
    }
    const full = this.#chunk.subarray(0, this.#chunkFrames * FRAME_BYTES);
    this.#chunk = Buffer.allocUnsafe(CHUNK_FRAMES * FRAME_BYTES);
    this.#chunkFrames = 0;
    this.#waiting += 1;
    this.#writes = this.#enqueue(async (file) => {
      await writeAll(file, full, WAV_HEADER_BYTES + this.#writtenBytes);
      this.#writtenBytes += full.length;
      this.#writtenChunks += 1;
      if (this.#writtenChunks % HEADER_EVERY_CHUNKS === 1) await this.#patchHeader(file);
    }).finally(() => {
      this.#waiting -= 1;
    });
  }

  async #patchHeader(file: FileHandle): Promise<void> {
    await writeAll(file, wavHeader(2, this.#writtenBytes), 0);
  }

  /** Puts a piece of work behind the earlier ones; after an error the rest is left out. */
  #enqueue(work: (file: FileHandle) => Promise<unknown>): Promise<void> {
    const before = this.#writes ?? Promise.resolve();
    return before
      .then(() => this.#file)
      .then(async (file) => {
        if (file && this.#error === undefined) await work(file);
      })
      .catch((error: Error) => this.#fail(error.message));
  }

  #fail(error: string): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#failed(error);
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
