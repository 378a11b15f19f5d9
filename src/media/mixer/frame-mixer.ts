import { FRAME_SAMPLES } from '../media-session.ts';

const MAX_SAMPLE = 32_767;
const MIN_SAMPLE = -32_768;

/** Adds up the frames of several parties. What is louder than a sample can be is cut off, as on any telephone line. */
export class FrameMixer {
  readonly #sum = new Int32Array(FRAME_SAMPLES);
  #count = 0;

  /** Begins the next frame. */
  clear(): void {
    if (this.#count === 0) return;
    this.#sum.fill(0);
    this.#count = 0;
  }

  add(frame: Int16Array): void {
    for (let i = 0; i < FRAME_SAMPLES; i += 1) this.#sum[i] = (this.#sum[i] as number) + (frame[i] as number);
    this.#count += 1;
  }

  /** Writes the sum into `out`; silence where nothing was added. */
  read(out: Int16Array): void {
    for (let i = 0; i < FRAME_SAMPLES; i += 1)
      out[i] = Math.max(MIN_SAMPLE, Math.min(MAX_SAMPLE, this.#sum[i] as number));
  }
}
