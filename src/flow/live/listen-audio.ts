/** Sample rate that a listener gets: what clients of the vendor's listenUrl play unasked, as mono. */
export const LISTEN_SAMPLE_RATE_HZ = 16_000;

const MAX_SAMPLE = 32_767;
const MIN_SAMPLE = -32_768;

/**
 * Makes a listener's stream (signed 16-bit little-endian, 16 kHz) of a line's two sides at 8 kHz. One channel: both
 * sides mixed. Two: the caller, then the agent. Keeps the last samples, so that blocks join without a click.
 */
export class ListenAudio {
  readonly #channels: 1 | 2;
  readonly #last: number[];

  constructor(channels: 1 | 2) {
    this.#channels = channels;
    this.#last = new Array(channels).fill(0);
  }

  /** @param block interleaved: caller, agent, caller ... at 8 kHz. */
  convert(block: Int16Array): Buffer {
    const channels = this.#channels;
    const frames = block.length / 2;
    const bytes = Buffer.allocUnsafe(frames * channels * 4);
    for (let frame = 0; frame < frames; frame += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        const sample = this.#sample(block, frame, channel);
        // The sample between two of 8 kHz is their mean: what this leaves above 4 kHz is faint beside a telephone's noise.
        const between = Math.round(((this.#last[channel] ?? 0) + sample) / 2);
        bytes.writeInt16LE(between, (frame * 2 * channels + channel) * 2);
        bytes.writeInt16LE(sample, ((frame * 2 + 1) * channels + channel) * 2);
        this.#last[channel] = sample;
      }
    }
    return bytes;
  }

  #sample(block: Int16Array, frame: number, channel: number): number {
    const caller = block[frame * 2] ?? 0;
    const agent = block[frame * 2 + 1] ?? 0;
    if (this.#channels === 2) return channel === 0 ? caller : agent;
    return Math.max(MIN_SAMPLE, Math.min(MAX_SAMPLE, caller + agent));
  }
}
