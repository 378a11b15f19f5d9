import { open, rename, unlink } from 'node:fs/promises';
import {
  FRAME_SAMPLES,
  type RecordingChannel,
  type RecordingResult,
  type RecordingSide,
} from '../media-session.ts';
import { WAV_HEADER_BYTES } from './wav-header.ts';
import { WavRecording } from './wav-recording.ts';

const TWO_CHANNELS = 2;
const THREE_CHANNELS = 3;
/** Samples of each channel that are moved at a time: one second. */
const MOVED_SAMPLES = 8_000;
/** Beside the recording while it gets its third channel. */
const WIDER_SUFFIX = '.wider';

const silentFrame = new Int16Array(FRAME_SAMPLES);

/**
 * The recording of a line: what its peer said and what we sent it, and from when other parties are bridged to it what they
 * said, on a third channel. The file is widened then while the recording goes on; until that is done the stereo file of
 * before stays readable.
 */
export class LineRecording {
  readonly #path: string;
  readonly #left: RecordingSide;
  readonly #failed: (error: string) => void;
  /** Of the channels in this frame: one list for all, so that a frame costs no memory. */
  readonly #frames: [Int16Array, Int16Array, Int16Array] = [silentFrame, silentFrame, silentFrame];
  #file: WavRecording;
  #written = 0;
  /** Why the file could not be widened, if so. */
  #widened: Promise<string | undefined> | undefined;
  #isOver = false;

  /** @param failed told once, when the recording breaks */
  constructor(path: string, left: RecordingSide, failed: (error: string) => void) {
    this.#path = path;
    this.#left = left;
    this.#failed = (error) => {
      if (this.#isOver) return;
      this.#isOver = true;
      failed(error);
    };
    this.#file = new WavRecording(path, TWO_CHANNELS, this.#failed);
  }

  /** Adds 20 ms. @param joined what other parties said; undefined where nobody is bridged to the line */
  write(received: Int16Array, sent: Int16Array, joined?: Int16Array): void {
    if (this.#isOver) return;
    if (joined && !this.#widened) this.#widen();
    const isLeft = this.#left === 'received';
    this.#frames[0] = isLeft ? received : sent;
    this.#frames[1] = isLeft ? sent : received;
    this.#frames[2] = joined ?? silentFrame;
    this.#file.write(this.#frames);
    this.#written += 1;
  }

  /** Writes what is left and closes the file. */
  async stop(): Promise<RecordingResult> {
    const channels: RecordingChannel[] =
      this.#left === 'received' ? ['received', 'sent'] : ['sent', 'received'];
    if (this.#widened) channels.push('joined');
    const unwidened = await this.#widened;
    const result = await this.#file.stop();
    const error = unwidened ?? result.error;
    return { durationMs: result.durationMs, channels, ...(error !== undefined && { error }) };
  }

  #widen(): void {
    const before = this.#file;
    const path = `${this.#path}${WIDER_SUFFIX}`;
    const wider = new WavRecording(path, THREE_CHANNELS, this.#failed, this.#written);
    this.#file = wider;
    this.#widened = this.#move(before, wider, path).catch(async (error: Error) => {
      this.#failed(error.message);
      await unlink(path).catch(() => {
        // It may never have been there; what is told is the first error.
      });
      return error.message;
    });
  }

  /** Brings what was recorded so far over into the wider file, which then takes the place of the first. */
  async #move(before: WavRecording, wider: WavRecording, path: string): Promise<undefined> {
    const { error } = await before.stop();
    if (error !== undefined) throw new Error(error);
    const file = await open(this.#path, 'r');
    try {
      const pairs = new Int16Array(MOVED_SAMPLES * TWO_CHANNELS);
      const triples = new Int16Array(MOVED_SAMPLES * THREE_CHANNELS);
      for (let at = 0; ; ) {
        const { bytesRead } = await file.read(pairs, 0, pairs.byteLength, WAV_HEADER_BYTES + at);
        const samples = bytesRead / pairs.BYTES_PER_ELEMENT / TWO_CHANNELS;
        if (samples === 0) break;
        for (let i = 0; i < samples; i += 1) {
          triples[i * THREE_CHANNELS] = pairs[i * TWO_CHANNELS] as number;
          triples[i * THREE_CHANNELS + 1] = pairs[i * TWO_CHANNELS + 1] as number;
        }
        await wider.prepend(
          triples.subarray(0, samples * THREE_CHANNELS),
          (at / TWO_CHANNELS) * THREE_CHANNELS,
        );
        at += bytesRead;
      }
    } finally {
      await file.close();
    }
    await rename(path, this.#path);
  }
}
