import { FRAME_SAMPLES } from '../../media/media-session.ts';

/** Audio kept from before the VAD heard speech, in frames of 20 ms: its onset takes up to 200 ms, a soft first sound more. */
const PRE_ROLL_FRAMES = 20;
/** Longest segment, 30 s: whoever speaks longer is transcribed in pieces. */
const MAX_SEGMENT_FRAMES = 1_500;

/** Cuts a call's audio into the segments in which the VAD heard speech, each with its pre-roll. */
export class SegmentCollector {
  #recent: Int16Array[] = [];
  #segment: Int16Array[] | undefined;

  /** @returns a piece of a segment that grew too long. */
  write(frame: Int16Array): Int16Array | undefined {
    const copy = frame.slice();
    if (this.#segment) {
      this.#segment.push(copy);
      if (this.#segment.length < MAX_SEGMENT_FRAMES) return undefined;
      const piece = joined(this.#segment);
      this.#segment = [];
      return piece;
    }
    this.#recent.push(copy);
    if (this.#recent.length > PRE_ROLL_FRAMES) this.#recent.shift();
    return undefined;
  }

  start(): void {
    this.#segment ??= this.#recent.splice(0);
  }

  /** @returns the segment; empty when none was begun. */
  end(): Int16Array {
    const segment = this.#segment ?? [];
    this.#segment = undefined;
    return joined(segment);
  }
}

function joined(frames: readonly Int16Array[]): Int16Array {
  const samples = new Int16Array(frames.reduce((sum, frame) => sum + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    samples.set(frame, at);
    at += frame.length;
  }
  return samples;
}

/** A segment shorter than 100 ms holds no word. */
export const MIN_SEGMENT_SAMPLES = 5 * FRAME_SAMPLES;
