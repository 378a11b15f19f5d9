import type { DtmfKey } from '../dtmf/dtmf-sender.ts';
import type { PlayoutEvent } from '../media-session.ts';

type Item =
  | { samples: Int16Array; start: number }
  | { live: Int16Array }
  | { key: DtmfKey; isBridged: boolean };

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
  /** Samples of live audio that wait. */
  #live = 0;

  constructor(told: (event: PlayoutEvent) => void) {
    this.#told = told;
  }

  add(samples: Int16Array): void {
    if (samples.length === 0) return;
    this.#items.push({ samples, start: this.#queuedEnd });
    this.#queuedEnd += samples.length;
  }

  /**
   * Adds audio that is worth sending only now. It has no position and is not told of. Where more than `limit` samples of
   * it wait, all but the newest half of that are dropped, so that a pause of the line is not heard as a delay ever after.
   */
  addLive(samples: Int16Array, limit: number): void {
    if (samples.length === 0) return;
    this.#items.push({ live: samples });
    this.#live += samples.length;
    if (this.#live > limit) this.#dropLive(this.#live - Math.floor(limit / 2));
  }

  addKey(key: DtmfKey): void {
    this.#items.push({ key, isBridged: false });
  }

  /** Adds a key that somebody else's peer pressed, unless `limit` such keys wait already. */
  addBridgedKey(key: DtmfKey, limit: number): void {
    const waiting = this.#items.filter((item) => 'key' in item && item.isBridged).length;
    if (waiting < limit) this.#items.push({ key, isBridged: true });
  }

  /** Drops all audio that was not sent; keys stay. @returns the position up to which audio was sent. */
  clear(): number {
    const keys = this.#items.filter((item) => 'key' in item);
    this.#items.length = 0;
    this.#items.push(...keys);
    this.#offset = 0;
    this.#live = 0;
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
      const samples = 'live' in head ? head.live : head.samples;
      const count = Math.min(out.length - filled, samples.length - this.#offset);
      out.set(samples.subarray(this.#offset, this.#offset + count), filled);
      filled += count;
      if ('live' in head) this.#live -= count;
      else this.#pass(head.start + this.#offset, count, at);
      this.#offset += count;
      if (this.#offset < samples.length) continue;
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

  /** Audio with a position is about to be sent. */
  #pass(position: number, count: number, at: number): void {
    if (!this.#playing) {
      this.#playing = true;
      this.#told({ type: 'started', position, at });
    }
    this.#sent = position + count;
  }

  /** Drops this many samples of live audio, the oldest first. */
  #dropLive(count: number): void {
    let left = count;
    this.#live -= count;
    for (let index = 0; left > 0 && index < this.#items.length; ) {
      const item = this.#items[index];
      if (!item || !('live' in item)) {
        index += 1;
        continue;
      }
      const offset = index === 0 ? this.#offset : 0;
      const dropped = Math.min(left, item.live.length - offset);
      left -= dropped;
      if (index === 0) this.#offset = 0;
      if (offset + dropped === item.live.length) this.#items.splice(index, 1);
      else item.live = item.live.subarray(offset + dropped);
    }
  }
}
