import { FRAME_SAMPLES } from '../media-session.ts';

/** Frames told at a time: 100 ms, which a listener does not notice and which costs a fifth of one message a frame. */
const FRAMES_PER_BLOCK = 5;
const CHANNELS = 2;

/** Gathers both sides of a session's audio into interleaved blocks. */
export class AudioTap {
  readonly #full: (samples: Int16Array<ArrayBuffer>) => void;
  #block = newBlock();
  #filled = 0;

  /** @param full gets each block as its own. */
  constructor(full: (samples: Int16Array<ArrayBuffer>) => void) {
    this.#full = full;
  }

  /** Adds 20 ms: what we heard and what we said in the same tick. */
  add(received: Int16Array, sent: Int16Array): void {
    for (let i = 0; i < FRAME_SAMPLES; i += 1) {
      this.#block[this.#filled] = received[i] as number;
      this.#block[this.#filled + 1] = sent[i] as number;
      this.#filled += CHANNELS;
    }
    if (this.#filled < this.#block.length) return;
    const block = this.#block;
    this.#block = newBlock();
    this.#filled = 0;
    this.#full(block);
  }
}

function newBlock(): Int16Array<ArrayBuffer> {
  return new Int16Array(FRAMES_PER_BLOCK * FRAME_SAMPLES * CHANNELS);
}
