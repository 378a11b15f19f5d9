/** Jump forward that is still loss and not a new stream (RFC 3550 appendix A.1). */
const MAX_DROPOUT = 3000;
/** Step back that is still reordering (RFC 3550 appendix A.1). */
const MAX_MISORDER = 100;
/** Packets whose arrival is remembered, to tell a duplicate from a straggler; more than MAX_MISORDER. */
const SEEN_PACKETS = 128;
const SEQUENCE_CYCLE = 0x10000;
/** Timestamp units per millisecond at 8000 Hz. */
const TICKS_PER_MS = 8;

export type Arrival =
  | 'new'
  | 'duplicate'
  /** Out of any order: not counted, unless the next packet follows it. */
  | 'stray'
  /** The sender began a new sequence, and this is its second packet. */
  | 'restarted';

/** What an RTCP report says of one source (RFC 3550 section 6.4.1). */
export interface ReceptionReport {
  fractionLost: number;
  cumulativeLost: number;
  extendedHighestSequence: number;
  jitter: number;
}

/** Sequence numbers, loss and jitter of one source (RFC 3550 appendices A.1, A.3, A.8). */
export class Reception {
  duplicated = 0;
  #received = 0;
  /** Totals of the sequences before the present one. */
  #earlierReceived = 0;
  #earlierLost = 0;
  #base = -1;
  #highest = 0;
  #badSequence = -1;
  readonly #seen = new Float64Array(SEEN_PACKETS).fill(-1);
  #transit = 0;
  #transitKnown = false;
  #jitter = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;

  get received(): number {
    return this.#earlierReceived + this.#received;
  }

  get lost(): number {
    return this.#earlierLost + Math.max(0, this.#expected() - this.#received);
  }

  /** Interarrival jitter in timestamp units. */
  get jitter(): number {
    return this.#jitter;
  }

  get jitterMs(): number {
    return this.#jitter / TICKS_PER_MS;
  }

  get hasBegun(): boolean {
    return this.#base >= 0;
  }

  /** Starts afresh (new SSRC), keeping the totals of the call. */
  restart(): void {
    this.#earlierLost = this.lost;
    this.#earlierReceived = this.received;
    this.#received = 0;
    this.#base = -1;
    this.#badSequence = -1;
    this.#seen.fill(-1);
    this.#transitKnown = false;
    this.#expectedBefore = 0;
    this.#receivedBefore = 0;
  }

  /** Counts a packet by its sequence number. */
  arrive(sequence: number): Arrival {
    if (this.#base < 0) return this.#begin(sequence, 'new');
    const ahead = (sequence - this.#highest) & 0xffff;
    if (ahead < MAX_DROPOUT) {
      if (ahead === 0) return this.#duplicate();
      this.#highest += ahead;
      return this.#count(this.#highest);
    }
    const behind = SEQUENCE_CYCLE - ahead;
    if (behind <= MAX_MISORDER) {
      const extended = this.#highest - behind;
      if (this.#seen[((extended % SEEN_PACKETS) + SEEN_PACKETS) % SEEN_PACKETS] === extended)
        return this.#duplicate();
      this.#base = Math.min(this.#base, extended);
      return this.#count(extended);
    }
    if (sequence === this.#badSequence) {
      this.restart();
      return this.#begin(sequence, 'restarted');
    }
    this.#badSequence = (sequence + 1) & 0xffff;
    return 'stray';
  }

  /** Feeds the jitter estimate with an audio packet; events of RFC 4733 repeat their timestamp and must not. */
  measure(timestamp: number, arrivedAtMs: number): void {
    const transit = (Math.round(arrivedAtMs * TICKS_PER_MS) - timestamp) | 0;
    if (this.#transitKnown) {
      // A timestamp that jumps (a talk spurt after a pause that was not counted) says nothing of the network.
      const deviation = Math.min(Math.abs((transit - this.#transit) | 0), TICKS_PER_MS * 1000);
      this.#jitter += (deviation - this.#jitter) / 16;
    }
    this.#transit = transit;
    this.#transitKnown = true;
  }

  /** Makes the next report; its fraction covers the time since the last one. */
  report(): ReceptionReport {
    const expected = this.#expected();
    const expectedNow = expected - this.#expectedBefore;
    const lostNow = expectedNow - (this.#received - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    return {
      fractionLost: expectedNow > 0 && lostNow > 0 ? Math.floor((lostNow * 256) / expectedNow) & 0xff : 0,
      cumulativeLost: Math.min(0x7fffff, Math.max(-0x800000, expected - this.#received)),
      extendedHighestSequence: this.#highest >>> 0,
      jitter: Math.round(this.#jitter) >>> 0,
    };
  }

  #expected(): number {
    return this.#base < 0 ? 0 : this.#highest - this.#base + 1;
  }

  #begin(sequence: number, arrival: Arrival): Arrival {
    this.#base = sequence;
    this.#highest = sequence;
    this.#count(sequence);
    return arrival;
  }

  #count(extended: number): Arrival {
    this.#seen[((extended % SEEN_PACKETS) + SEEN_PACKETS) % SEEN_PACKETS] = extended;
    this.#received += 1;
    this.#badSequence = -1;
    return 'new';
  }

  #duplicate(): Arrival {
    this.duplicated += 1;
    return 'duplicate';
  }
}
