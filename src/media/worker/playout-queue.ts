import type { DtmfKey } from '../dtmf/dtmf-sender.ts';
import type { PlayoutEvent } from '../media-session.ts';

type Item = { samples: Int16Array; start: number } | { key: DtmfKey };

/**
 * What a session still has to send: audio, and keys between it. Positions count samples since the start; those of
 * audio that was dropped are passed over, so that a position names one sample for ever.
 */
export class PlayoutQueue {
  readonly #told: (event: PlayoutEvent) => void;
  readonly #items: Item[] = [];
  #offset = 0;
  #queuedEnd = 0;
  #sent = 0;
  #playing = false;

  constructor(told: (event: PlayoutEvent) => void) {
    this.#told = told;
  }

  add(samples: Int16Array): void {
    if (samples.length === 0) return;
    this.#items.push({ samples, start: this.#queuedEnd });
    this.#queuedEnd += samples.length;
  }

  addKey(key: DtmfKey): void {
    this.#items.push({ key });
  }

  /** Drops all audio that was not sent; keys stay. @returns the position up to which audio was sent. */
  clear(): number {
    const keys = this.#items.filter((item) => 'key' in item);
    this.#items.length = 0;
    this.#items.push(...keys);
    this.#offset = 0;
    this.#playing = false;
    return this.#sent;
  }

  /** Takes the key whose turn it is. */
  takeKey(): DtmfKey | undefined {
    const head = this.#items[0];
    if (!head || !('key' in head)) return undefined;
    this.#items.shift();
    return head.key;
  }

  /** Fills `out` with the audio whose turn it is, up to the next key, the rest with silence. @returns whether there was any. */
  pull(out: Int16Array, at: number): boolean {
    let filled = 0;
    while (filled < out.length) {
      const head = this.#items[0];
      if (!head || 'key' in head) break;
      if (!this.#playing) {
        this.#playing = true;
        this.#told({ type: 'started', position: head.start + this.#offset, at });
      }
      const count = Math.min(out.length - filled, head.samples.length - this.#offset);
      out.set(head.samples.subarray(this.#offset, this.#offset + count), filled);
      filled += count;
      this.#offset += count;
      this.#sent = head.start + this.#offset;
      if (this.#offset < head.samples.length) continue;
      this.#items.shift();
      this.#offset = 0;
    }
    out.fill(0, filled);
    return filled > 0;
  }

  /** To be called when what was pulled is sent: tells when that was the last of it. */
  settle(at: number): void {
    if (!this.#playing || this.#items.some((item) => 'samples' in item)) return;
    this.#playing = false;
    this.#told({ type: 'drained', position: this.#sent, at });
  }
}
