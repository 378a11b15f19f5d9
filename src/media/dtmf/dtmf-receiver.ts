import { DTMF_KEYS, DTMF_PAYLOAD_BYTES } from './dtmf-event.ts';

/** An event without its end is over when no packet of it came for this long; senders repeat it each 20 to 50 ms. */
export const MISSING_END_MS = 200;
/** Where the duration field is full, the event goes on in a new segment (RFC 4733 section 2.5.1.3). */
const FULL_DURATION = 0xffff;
/** Of the clock of 8000 that events have unless told otherwise. */
const DEFAULT_TICKS_PER_MS = 8;

export interface PressedKey {
  digit: string;
  durationMs: number;
}

/** Turns the packets of telephone-events into keys, each once, however often and in whatever order they come. */
export class DtmfReceiver {
  readonly #pressed: (key: PressedKey) => void;
  #code = -1;
  #timestamp = 0;
  #duration = 0;
  #earlierDuration = 0;
  #lastPacketAtMs = 0;
  #open = false;
  #any = false;
  #ticksPerMs = DEFAULT_TICKS_PER_MS;

  constructor(pressed: (key: PressedKey) => void) {
    this.#pressed = pressed;
  }

  /** Sets the clock in which durations are counted. */
  configure(clockRateHz: number): void {
    this.#ticksPerMs = clockRateHz / 1000;
  }

  /** Takes one packet's payload. Codes that are no keys (flash, tones) are passed over. */
  receive(bytes: Uint8Array, offset: number, length: number, timestamp: number, nowMs: number): void {
    if (length < DTMF_PAYLOAD_BYTES) return;
    const code = bytes[offset] as number;
    if (code >= DTMF_KEYS.length) return;
    const end = ((bytes[offset + 1] as number) & 0x80) !== 0;
    const duration = ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number);
    const age = (timestamp - this.#timestamp) | 0;
    if (this.#any && age !== 0 && !this.#continues(code, age)) {
      // Older than the event we are at: its key was told, or given up, already.
      if (age < 0 && nowMs - this.#lastPacketAtMs < MISSING_END_MS) return;
      this.#finish();
    }
    if (!this.#any || age !== 0) this.#begin(code, timestamp, age);
    else if (!this.#open) return;
    this.#lastPacketAtMs = nowMs;
    this.#duration = Math.max(this.#duration, duration);
    if (end) this.#finish();
  }

  /** To be called now and then: ends an event whose end was lost. */
  expire(nowMs: number): void {
    if (this.#open && nowMs - this.#lastPacketAtMs >= MISSING_END_MS) this.#finish();
  }

  /** Forgets the time line (new SSRC), telling a key that was still down. */
  reset(): void {
    this.#finish();
    this.#any = false;
  }

  #continues(code: number, age: number): boolean {
    return this.#open && code === this.#code && age === FULL_DURATION && this.#duration === FULL_DURATION;
  }

  #begin(code: number, timestamp: number, age: number): void {
    this.#earlierDuration =
      this.#any && this.#continues(code, age) ? this.#earlierDuration + FULL_DURATION : 0;
    this.#code = code;
    this.#timestamp = timestamp;
    this.#duration = 0;
    this.#open = true;
    this.#any = true;
  }

  #finish(): void {
    if (!this.#open) return;
    this.#open = false;
    const durationMs = Math.round((this.#earlierDuration + this.#duration) / this.#ticksPerMs);
    this.#pressed({ digit: DTMF_KEYS[this.#code] as string, durationMs });
  }
}
