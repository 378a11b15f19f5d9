import type { DtmfKey } from '../dtmf/dtmf-sender.ts';
import type { PlayoutEvent } from '../media-session.ts';
import type { SampleBlock, SampleBlocks } from './sample-blocks.ts';

type Item = SampleBlock | { live: Int16Array } | { key: DtmfKey; isBridged: boolean };

/** A few samples are copied faster so than by way of a view. */
function copy(from: Int16Array, offset: number, count: number, to: Int16Array, at: number): void {
  for (let i = 0; i < count; i += 1) to[at + i] = from[offset + i] as number;
}

/**
 * What a session still has to send: audio, and keys between it. Positions count samples since the start; those of
 * audio that was dropped are passed over, so that a position names one sample for ever.
 */
export class PlayoutQueue {
  readonly #told: (event: PlayoutEvent) => void;
  readonly #pool: SampleBlocks;
  readonly #items: Item[] = [];
  #offset = 0;
  #queuedEnd = 0;
  #sent = 0;
  #playing = false;
  /** Samples of live audio that wait. */
  #live = 0;
  /** Blocks that wait. */
  #blocks = 0;

  constructor(told: (event: PlayoutEvent) => void, pool: SampleBlocks) {
    this.#told = told;
    this.#pool = pool;
  }

  /** Copies the samples behind what waits. */
  add(samples: Int16Array): void {
    const blocks = this.#pool.fill(samples, this.#queuedEnd);
    this.#items.push(...blocks);
    this.#blocks += blocks.length;
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
    for (const item of this.#items) if ('samples' in item) this.#pool.release(item);
    const keys = this.#items.filter((item) => 'key' in item);
    this.#items.length = 0;
    this.#items.push(...keys);
    this.#offset = 0;
    this.#live = 0;
    this.#blocks = 0;
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
      const isLive = 'live' in head;
      const samples = isLive ? head.live : head.samples;
      const length = isLive ? head.live.length : head.length;
      const count = Math.min(out.length - filled, length - this.#offset);
      copy(samples, this.#offset, count, out, filled);
      filled += count;
      if (isLive) this.#live -= count;
      else this.#pass(head.start + this.#offset, count, at);
      this.#offset += count;
      if (this.#offset < length) continue;
      this.#items.shift();
      this.#offset = 0;
      if (isLive) continue;
      this.#blocks -= 1;
      this.#pool.release(head);
    }
    if (filled < out.length) out.fill(0, filled);
    return filled > 0;
  }

  /** To be called when what was pulled is sent: tells when that was the last of it. */
  settle(at: number): void {
    if (!this.#playing || this.#blocks > 0) return;
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
