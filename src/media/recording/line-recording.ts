import { open, rename, unlink } from 'node:fs/promises';
import { widerRecordingPath } from '../../lib/wider-recording-path.ts';
import {
  FRAME_SAMPLES,
  type RecordingChannel,
  type RecordingResult,
  type RecordingSide,
} from '../media-session.ts';
import { WAV_HEADER_BYTES } from './wav-header.ts';
import { WavRecording, type WavResult } from './wav-recording.ts';

const TWO_CHANNELS = 2;
const THREE_CHANNELS = 3;
/** Samples of each channel that are moved at a time: one second. */
const MOVED_SAMPLES = 8_000;

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
  /** Where the file could not be widened: what stays of the recording, and why. */
  #widened: Promise<WavResult | undefined> | undefined;
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
    const unwidened = await this.#widened;
    const result = await this.#file.stop();
    if (unwidened) return { ...unwidened, channels };
    if (this.#widened) channels.push('joined');
    return { ...result, channels };
  }

  #widen(): void {
    const before = this.#file;
    const path = widerRecordingPath(this.#path);
    const wider = new WavRecording(path, THREE_CHANNELS, this.#failed, this.#written);
    this.#file = wider;
    this.#widened = this.#replace(before, wider, path);
  }

  /** Has the wider file take the place of the first. @returns what the first holds, where it has to stay. */
  async #replace(before: WavRecording, wider: WavRecording, path: string): Promise<WavResult | undefined> {
    const narrow = await before.stop();
    try {
      if (narrow.error !== undefined) throw new Error(narrow.error);
      await this.#move(wider, path);
      return undefined;
    } catch (error) {
      const { message } = error as Error;
      this.#failed(message);
      await unlink(path).catch(() => {
        // It may never have been there; what is told is the first error.
      });
      return { durationMs: narrow.durationMs, error: message };
    }
  }

  /** Brings what was recorded so far over into the wider file. */
  async #move(wider: WavRecording, path: string): Promise<void> {
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
