import { type FileHandle, open } from 'node:fs/promises';
import { FRAME_SAMPLES } from '../media-session.ts';
import { BYTES_PER_SAMPLE, WAV_HEADER_BYTES, wavHeader } from './wav-header.ts';

const FRAME_MS = 20;
/** Written at a time: one second. */
const CHUNK_FRAMES = 50;
/** Seconds of audio that may wait for a slow disk; 768 kB a call of three parties. */
const MAX_WAITING_CHUNKS = 16;
/** The header is put right each time this many chunks were written, so that a killed process leaves a readable file. */
const HEADER_EVERY_CHUNKS = 5;
/** Only the service may read what people said. */
const FILE_MODE = 0o600;

/** How much was written, and why no more. */
export interface WavResult {
  durationMs: number;
  error?: string;
}

/**
 * A WAV that grows frame by frame. Frames are gathered in memory and written behind the ticker's back; a disk that is full
 * or too slow ends the recording, never the call.
 */
export class WavRecording {
  readonly #channels: number;
  readonly #failed: (error: string) => void;
  readonly #file: Promise<FileHandle | undefined>;
  readonly #frameBytes: number;
  /** Where the frames that are written here begin. */
  readonly #start: number;
  #chunk: Int16Array;
  /** The chunk that was written last: a new one for each second of each call would be memory that is only collected late. */
  #spare: Int16Array | undefined;
  #chunkFrames = 0;
  #waiting = 0;
  #writes: Promise<void>;
  #writtenBytes = 0;
  #writtenChunks = 0;
  #error: string | undefined;

  /**
   * @param failed told once, when the recording breaks
   * @param skipFrames frames at the start that are left free, for {@link WavRecording.prepend}
   */
  constructor(path: string, channels: number, failed: (error: string) => void, skipFrames = 0) {
    this.#channels = channels;
    this.#failed = failed;
    this.#frameBytes = FRAME_SAMPLES * channels * BYTES_PER_SAMPLE;
    this.#start = skipFrames * this.#frameBytes;
    this.#chunk = this.#newChunk();
    this.#file = open(path, 'w', FILE_MODE).catch((error: Error) => {
      this.#fail(error.message);
      return undefined;
    });
    this.#writes = this.#enqueue((file) =>
      file.write(wavHeader(channels, this.#start), 0, WAV_HEADER_BYTES, 0),
    );
  }

  /** Adds 20 ms, a frame for each channel. Costs a copy and never waits. */
  write(frames: readonly Int16Array[]): void {
    if (this.#error !== undefined) return;
    const channels = this.#channels;
    const start = this.#chunkFrames * FRAME_SAMPLES * channels;
    for (let channel = 0; channel < channels; channel += 1) {
      const frame = frames[channel] as Int16Array;
      for (let i = 0; i < FRAME_SAMPLES; i += 1)
        this.#chunk[start + i * channels + channel] = frame[i] as number;
    }
    this.#chunkFrames += 1;
    if (this.#chunkFrames === CHUNK_FRAMES) this.#flush();
  }

  /**
   * Writes samples of all channels, interleaved, into what was left free.
   * @param at the byte of it to begin at
   * @throws {Error} where the recording has broken
   */
  async prepend(samples: Int16Array, at: number): Promise<void> {
    const file = await this.#file;
    if (!file || this.#error !== undefined) throw new Error(this.#error ?? 'The recording has broken.');
    await writeAll(file, bytesOf(samples), WAV_HEADER_BYTES + at);
  }

  /** Writes what is left, puts the header right and closes the file. */
  async stop(): Promise<WavResult> {
    if (this.#error === undefined && this.#chunkFrames > 0) this.#flush();
    this.#writes = this.#enqueue(async (file) => {
      await this.#patchHeader(file);
      await file.datasync();
    });
    await this.#writes;
    await (await this.#file)?.close().catch((error: Error) => this.#fail(error.message));
    const durationMs = ((this.#start + this.#writtenBytes) / this.#frameBytes) * FRAME_MS;
    return this.#error === undefined ? { durationMs } : { durationMs, error: this.#error };
  }

  #newChunk(): Int16Array {
    return new Int16Array(CHUNK_FRAMES * FRAME_SAMPLES * this.#channels);
  }

  #flush(): void {
    if (this.#waiting >= MAX_WAITING_CHUNKS) {
      this.#fail('The disk is too slow for the recording.');
      return;
    }
    const chunk = this.#chunk;
    const full = bytesOf(chunk.subarray(0, this.#chunkFrames * FRAME_SAMPLES * this.#channels));
    this.#chunk = this.#spare ?? this.#newChunk();
    this.#spare = undefined;
    this.#chunkFrames = 0;
    this.#waiting += 1;
    this.#writes = this.#enqueue(async (file) => {
      await writeAll(file, full, WAV_HEADER_BYTES + this.#start + this.#writtenBytes);
      this.#spare = chunk;
      this.#writtenBytes += full.length;
      this.#writtenChunks += 1;
      if (this.#writtenChunks % HEADER_EVERY_CHUNKS === 1) await this.#patchHeader(file);
    }).finally(() => {
      this.#waiting -= 1;
    });
  }

  async #patchHeader(file: FileHandle): Promise<void> {
    await writeAll(file, wavHeader(this.#channels, this.#start + this.#writtenBytes), 0);
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

/** The same memory as bytes: WAV is little-endian, and so are the machines that this runs on. */
function bytesOf(samples: Int16Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
