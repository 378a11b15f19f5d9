import { FRAME_MS, sequenceOf } from './rtp-packet.ts';

const SEQUENCE_SPAN = 0x10000;

/** What came back on one call: how much, with which gaps in the numbering, how evenly. */
export class ReceivedStream {
  received = 0;
  /** |time between neighbours - 20 ms| while measured; only neighbours in the numbering count. */
  readonly deviationsMs: number[] = [];
  measuring = false;
  #first: number | undefined;
  #highest = 0;
  #lastAt = 0;

  take(packet: Buffer, at: number): void {
    const extended = this.#extend(sequenceOf(packet));
    const follows = this.#first !== undefined && extended === this.#highest + 1;
    if (follows && this.measuring) this.deviationsMs.push(Math.abs(at - this.#lastAt - FRAME_MS));
    this.#first ??= extended;
    if (extended > this.#highest || this.received === 0) this.#highest = extended;
    this.#lastAt = at;
    this.received += 1;
  }

  /** Numbers that never came, between the first and the last that did. */
  get lost(): number {
    return this.#first === undefined ? 0 : Math.max(0, this.#highest - this.#first + 1 - this.received);
  }

  /** The 16-bit number as a count that does not wrap: the nearest to the highest so far. */
  #extend(sequence: number): number {
    if (this.#first === undefined) return sequence;
    const distance = (((sequence - this.#highest) % SEQUENCE_SPAN) + SEQUENCE_SPAN) % SEQUENCE_SPAN;
    return this.#highest + (distance < SEQUENCE_SPAN / 2 ? distance : distance - SEQUENCE_SPAN);
  }
}
