import { AUDIO_FORMATS } from '../codecs/audio-format.ts';
import { DtmfReceiver, type PressedKey } from '../dtmf/dtmf-receiver.ts';
import { JitterBuffer } from '../jitter/jitter-buffer.ts';
import type { WorkerMediaParams } from '../media-params.ts';
import { Reception } from '../rtp/reception.ts';
import { newRtpPacket, readRtpPacket } from '../rtp/rtp-packet.ts';
import { SourceLock } from '../rtp/source-lock.ts';
import { TimestampScale } from '../rtp/timestamp-scale.ts';
import { AudioDecoding } from './audio-decoding.ts';

/** Static payload type of comfort noise (RFC 3551), which peers use unasked. */
const COMFORT_NOISE_PAYLOAD_TYPE = 13;
const DEFAULT_EVENT_CLOCK_RATE_HZ = 8000;
/** Packets in a row before a new SSRC of the locked source is believed in mid-stream. */
const NEW_SSRC_PACKETS = 2;

/** The packet of whichever call was read last. */
const packet = newRtpPacket();

type PayloadKind = AudioDecoding | 'event' | 'comfort-noise';

/** From datagram to frame: validation, source lock, order, decoding. */
export class RtpReceiver {
  readonly lock = new SourceLock();
  readonly reception = new Reception();
  readonly jitter = new JitterBuffer();
  rejected = 0;
  ssrc = 0;
  readonly #dtmf: DtmfReceiver;
  readonly #locked: (address: string, port: number) => void;
  readonly #scale = new TimestampScale();
  #kinds = new Map<number, PayloadKind>();
  #audio: AudioDecoding | undefined;
  /** Of before the last answer: the peer changes when ours has reached it, and until then its packets are still heard. */
  #audioBefore: { decoding: AudioDecoding; payloadType: number } | undefined;
  #payloadType = -1;
  #listens = false;
  /** After an answer the peer may come with a new SSRC at once. */
  #anySsrc = true;
  #nextSsrc = 0;
  #nextSsrcCount = 0;

  constructor(pressed: (key: PressedKey) => void, locked: (address: string, port: number) => void) {
    this.#dtmf = new DtmfReceiver(pressed);
    this.#locked = locked;
  }

  /** Units of the peer's timestamps in one sample of 8 kHz. */
  get ticksPerSample(): number {
    return this.#scale.ticksPerSample;
  }

  /** @returns true when the source must be found anew. */
  configure(params: WorkerMediaParams): boolean {
    this.#configureAudio(params);
    this.#dtmf.configure(params.dtmfClockRateHz ?? DEFAULT_EVENT_CLOCK_RATE_HZ);
    this.#kinds = new Map<number, PayloadKind>([
      [params.comfortNoisePayloadType ?? COMFORT_NOISE_PAYLOAD_TYPE, 'comfort-noise'],
    ]);
    if (this.#audioBefore) this.#kinds.set(this.#audioBefore.payloadType, this.#audioBefore.decoding);
    if (params.dtmfPayloadType !== undefined) this.#kinds.set(params.dtmfPayloadType, 'event');
    if (this.#audio) this.#kinds.set(params.payloadType, this.#audio);
    this.#listens = params.direction === 'sendrecv' || params.direction === 'recvonly';
    this.#anySsrc = true;
    return this.lock.expect({
      address: params.remoteAddress,
      port: params.remotePort,
      learnFrom: params.signallingAddress,
    });
  }

  /** Takes a datagram of anyone. @returns whether it was a new packet of the call. */
  receive(bytes: Uint8Array, address: string, port: number, nowMs: number): boolean {
    const kind = readRtpPacket(bytes, packet) ? this.#kindOf(packet.payloadType) : undefined;
    if (!kind) {
      this.rejected += 1;
      return false;
    }
    const verdict = this.lock.judge(address, port, packet.ssrc, packet.sequence, nowMs);
    if (verdict === 'rejected') this.rejected += 1;
    if (verdict === 'locked') this.#locked(address, port);
    if (verdict === 'rejected' || verdict === 'learning' || !this.#followSsrc()) return false;
    const arrival = this.reception.arrive(packet.sequence);
    if (arrival === 'duplicate' || arrival === 'stray') return false;
    if (arrival === 'restarted') this.#forget();
    if (this.#listens) this.#use(kind, bytes, nowMs);
    return true;
  }

  /** The next frame of 20 ms. */
  pull(out: Int16Array, nowMs: number): void {
    this.#dtmf.expire(nowMs);
    this.#audioBefore?.decoding.settle();
    this.#audio?.settle();
    this.jitter.pull(out);
  }

  /** Frees the decoders. */
  close(): void {
    this.#dropAudioBefore();
    this.#audio?.close();
    this.#audio = undefined;
    this.#kinds.clear();
  }

  #kindOf(payloadType: number): PayloadKind | undefined {
    return payloadType === this.#payloadType ? this.#audio : this.#kinds.get(payloadType);
  }

  #configureAudio({ codec, payloadType }: WorkerMediaParams): void {
    const before = this.#audio;
    const payloadTypeBefore = this.#payloadType;
    this.#payloadType = payloadType;
    if (before?.codec === codec) return;
    this.#dropAudioBefore();
    const { jitter, reception } = this;
    this.#audio = new AudioDecoding(codec, { jitter, reception, scale: this.#scale });
    if (before) this.#audioBefore = { decoding: before, payloadType: payloadTypeBefore };
    else this.#scale.configure(AUDIO_FORMATS[codec].ticksPerSample);
  }

  #dropAudioBefore(): void {
    this.#audioBefore?.decoding.close();
    this.#audioBefore = undefined;
  }

  #use(kind: PayloadKind, bytes: Uint8Array, nowMs: number): void {
    const { payloadOffset, payloadLength, timestamp } = packet;
    if (kind === 'event') {
      this.jitter.pause();
      this.#dtmf.receive(bytes, payloadOffset, payloadLength, timestamp, nowMs);
    } else if (kind === 'comfort-noise') {
      this.jitter.pause();
    } else if (payloadLength > 0) {
      if (kind === this.#audio && this.#audioBefore) this.#changeAudio();
      if (!kind.take(packet, bytes, nowMs)) this.rejected += 1;
    }
  }

  /** The first packet of the new codec has come. */
  #changeAudio(): void {
    const before = this.#audioBefore;
    if (!before || !this.#audio) return;
    if (before.payloadType !== this.#payloadType) this.#kinds.delete(before.payloadType);
    this.#dropAudioBefore();
    this.#scale.configure(AUDIO_FORMATS[this.#audio.codec].ticksPerSample);
  }

  /** @returns whether the packet belongs to the stream, after changing to a new SSRC where that is believed. */
  #followSsrc(): boolean {
    const { ssrc } = packet;
    if (ssrc === this.ssrc && this.reception.hasBegun) {
      this.#anySsrc = false;
      return true;
    }
    if (!this.#anySsrc && this.reception.hasBegun) {
      this.#nextSsrcCount = ssrc === this.#nextSsrc ? this.#nextSsrcCount + 1 : 1;
      this.#nextSsrc = ssrc;
      if (this.#nextSsrcCount < NEW_SSRC_PACKETS) return false;
    }
    this.ssrc = ssrc;
    this.#anySsrc = false;
    this.#nextSsrcCount = 0;
    if (this.reception.hasBegun) this.reception.restart();
    this.#forget();
    return true;
  }

  #forget(): void {
    this.jitter.reset();
    this.#audioBefore?.decoding.restart();
    this.#audio?.restart();
    this.#dtmf.reset();
  }
}
