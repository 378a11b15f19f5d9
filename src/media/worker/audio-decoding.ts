import { type AudioDecoder, MAX_PACKET_SAMPLES } from '../codecs/audio-codec.ts';
import { AUDIO_FORMATS, type AudioFormat } from '../codecs/audio-format.ts';
import type { JitterBuffer } from '../jitter/jitter-buffer.ts';
import type { AudioCodec } from '../media-session.ts';
import type { Reception } from '../rtp/reception.ts';
import type { RtpPacket } from '../rtp/rtp-packet.ts';
import type { TimestampScale } from '../rtp/timestamp-scale.ts';

/** Packets that came before their turn and are kept at most; a longer hole is a loss. */
const MAX_HELD = 4;
/** Frames that a missing packet is waited for: the jitter buffer plays two frames behind, so there is time for one. */
const PATIENCE_FRAMES = 1;
/** Lost packets that the codec covers; what is beyond fades out in the jitter buffer. */
const MAX_REPAIRED = 3;
/** Largest datagram that is looked into. */
const MAX_BYTES = 1500;
/** A step back by more is the sender's new beginning, not a straggler. */
const MAX_STRAGGLE = 100;

interface HeldPacket {
  sequence: number;
  timestamp: number;
  length: number;
  /** Frames since it came. */
  age: number;
  isFree: boolean;
  readonly bytes: Uint8Array;
}

/** What was decoded last, for all calls: it goes into the jitter buffer at once. */
const decoded = new Int16Array(MAX_PACKET_SAMPLES);

/** What the packets of one codec go into. */
export interface DecodingParts {
  jitter: JitterBuffer;
  reception: Reception;
  scale: TimestampScale;
}

/**
 * Decodes the packets of one codec into the jitter buffer. Where the codec has state they are decoded in their order: one
 * that comes early is kept for the one before it for a frame's time, and then the hole is repaired as far as the codec can.
 */
export class AudioDecoding {
  readonly codec: AudioCodec;
  readonly #format: AudioFormat;
  readonly #decoder: AudioDecoder;
  readonly #parts: DecodingParts;
  readonly #held: HeldPacket[];
  /** Sequence number whose turn it is; -1 before the first. */
  #next = -1;
  /** Samples of the last packet that was decoded. */
  #lastCount = 0;

  /** @throws {Error} for a codec that is not prepared */
  constructor(codec: AudioCodec, parts: DecodingParts) {
    this.codec = codec;
    this.#format = AUDIO_FORMATS[codec];
    this.#decoder = this.#format.createDecoder();
    this.#parts = parts;
    const slots = this.#format.isOrdered ? MAX_HELD : 0;
    this.#held = Array.from({ length: slots }, () => ({
      sequence: 0,
      timestamp: 0,
      length: 0,
      age: 0,
      isFree: true,
      bytes: new Uint8Array(MAX_BYTES),
    }));
  }

  /** Takes a new packet. @returns false for a payload that is none of this codec. */
  take(packet: RtpPacket, bytes: Uint8Array, nowMs: number): boolean {
    const { sequence, timestamp, payloadOffset, payloadLength } = packet;
    const { reception, scale, jitter } = this.#parts;
    const at = scale.toSamples(timestamp, jitter.end);
    reception.measure(at, nowMs);
    if (!this.#format.isOrdered) return this.#decode(bytes, payloadOffset, payloadLength, at);
    const ahead = this.#next < 0 ? 0 : ((sequence - this.#next) << 16) >> 16;
    if (ahead < 0 && ahead >= -MAX_STRAGGLE) {
      jitter.late += 1;
      return true;
    }
    if (ahead > 0 && ahead <= MAX_HELD && this.#hold(packet, bytes, at)) return true;
    if (ahead > 0) this.#releaseAll();
    this.#next = (sequence + 1) & 0xffff;
    const isAudio = this.#decode(bytes, payloadOffset, payloadLength, at);
    this.#releaseNext();
    return isAudio;
  }

  /** A frame has passed: what was waited for long enough is given up. */
  settle(): void {
    for (const held of this.#held) {
      if (held.isFree) continue;
      held.age += 1;
      if (held.age <= PATIENCE_FRAMES) continue;
      this.#releaseAll();
      return;
    }
  }

  /** The sender begins anew. */
  restart(): void {
    this.#next = -1;
    for (const held of this.#held) held.isFree = true;
  }

  close(): void {
    this.#decoder.close();
  }

  #decode(bytes: Uint8Array, offset: number, length: number, at: number): boolean {
    const count = this.#decoder.decode(bytes, offset, length, decoded);
    if (count < 0) return false;
    this.#lastCount = count;
    this.#insert(at, count);
    return true;
  }

  #insert(at: number, count: number): void {
    this.#parts.jitter.insert(at, decoded, count, this.#parts.reception.jitter);
  }

  #hold({ sequence, payloadOffset, payloadLength }: RtpPacket, bytes: Uint8Array, at: number): boolean {
    const slot = this.#held.find(({ isFree }) => isFree);
    if (!slot) return false;
    slot.bytes.set(bytes.subarray(payloadOffset, payloadOffset + payloadLength));
    Object.assign(slot, { sequence, timestamp: at, length: payloadLength, age: 0, isFree: false });
    return true;
  }

  /** Decodes kept packets as long as each is the next. */
  #releaseNext(): void {
    for (;;) {
      const held = this.#held.find((one) => !one.isFree && one.sequence === this.#next);
      if (!held) return;
      this.#release(held);
    }
  }

  /** Decodes all that is kept, over the holes between. */
  #releaseAll(): void {
    for (;;) {
      let first: HeldPacket | undefined;
      for (const held of this.#held) {
        if (held.isFree) continue;
        if (!first || ((held.sequence - first.sequence) << 16) >> 16 < 0) first = held;
      }
      if (!first) return;
      this.#repairBefore(first);
      this.#release(first);
    }
  }

  #release(held: HeldPacket): void {
    held.isFree = true;
    this.#next = (held.sequence + 1) & 0xffff;
    this.#decode(held.bytes, 0, held.length, held.timestamp);
  }

  /** Fills the hole before a packet: its last part from the copy that the packet may carry, the rest from what came before. */
  #repairBefore({ sequence, timestamp, length, bytes }: HeldPacket): void {
    const { repair } = this.#decoder;
    const missing = Math.min((sequence - this.#next) & 0xffff, MAX_REPAIRED);
    const count = this.#lastCount;
    if (!repair || count === 0) return;
    for (let back = missing; back > 0; back -= 1) {
      const written =
        back > 1 ? repair.conceal(count, decoded) : repair.recover(bytes, 0, length, count, decoded);
      if (written > 0) this.#insert((timestamp - back * count) >>> 0, written);
    }
  }
}
