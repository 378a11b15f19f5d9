/** 200 ms. */
const BLOCK_SAMPLES = 1600;
/** Blocks kept for the next who needs one, 13 MB: what 400 calls have ahead of the wire. */
const MAX_FREE = 4096;

/** A part of what waits to be sent: the first `length` samples. */
export interface SampleBlock {
  readonly samples: Int16Array;
  length: number;
  /** Its owner's count of samples before the first of it. */
  start: number;
}

/**
 * Memory for audio that waits, used again and again. Audio waits so long that the collector counts it among what lives
 * for ever; were each piece left to it, it would have to look through everything every second, and packets would wait.
 */
export class SampleBlocks {
  readonly #free: SampleBlock[] = [];

  /** Copies samples into as many blocks as they need, counting from `start`. */
  fill(samples: Int16Array, start: number): SampleBlock[] {
    const blocks: SampleBlock[] = [];
    for (let from = 0; from < samples.length; from += BLOCK_SAMPLES) {
      const block = this.#free.pop() ?? { samples: new Int16Array(BLOCK_SAMPLES), length: 0, start: 0 };
      const part = samples.subarray(from, from + BLOCK_SAMPLES);
      block.samples.set(part);
      block.length = part.length;
      block.start = start + from;
      blocks.push(block);
    }
    return blocks;
  }

  /** Takes back a block that its owner will not look at again. */
  release(block: SampleBlock): void {
    if (this.#free.length < MAX_FREE) this.#free.push(block);
  }
}
