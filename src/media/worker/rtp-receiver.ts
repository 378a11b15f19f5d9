import { decodeG711, G711, type G711Law } from '../codecs/g711.ts';
import { DtmfReceiver, type PressedKey } from '../dtmf/dtmf-receiver.ts';
import { JitterBuffer } from '../jitter/jitter-buffer.ts';
import type { MediaParams } from '../media-session.ts';
import { Reception } from '../rtp/reception.ts';
import { newRtpPacket, readRtpPacket } from '../rtp/rtp-packet.ts';
import { SourceLock } from '../rtp/source-lock.ts';

/** Static payload type of comfort noise (RFC 3551), which peers use unasked. */
const COMFORT_NOISE_PAYLOAD_TYPE = 13;
/** Longest packet that is decoded: 100 ms, above all that telephones send. */
const MAX_PACKET_SAMPLES = 800;
/** Packets in a row before a new SSRC of the locked source is believed in mid-stream. */
const NEW_SSRC_PACKETS = 2;

type PayloadKind = 'audio' | 'event' | 'comfort-noise';

/** From datagram to frame: validation, source lock, order, decoding. */
export class RtpReceiver {
  readonly lock = new SourceLock();
  readonly reception = new Reception();
  readonly jitter = new JitterBuffer();
  rejected = 0;
  ssrc = 0;
  readonly #dtmf: DtmfReceiver;
  readonly #locked: (address: string, port: number) => void;
  readonly #packet = newRtpPacket();
  readonly #samples = new Int16Array(MAX_PACKET_SAMPLES);
  #kinds = new Map<number, PayloadKind>();
  #law: G711Law = G711.PCMU;
  #listens = false;
  /** After an answer the peer may come with a new SSRC at once. */
  #anySsrc = true;
  #nextSsrc = 0;
  #nextSsrcCount = 0;

  constructor(pressed: (key: PressedKey) => void, locked: (address: string, port: number) => void) {
    this.#dtmf = new DtmfReceiver(pressed);
    this.#locked = locked;
  }

  /** @returns true when the source must be found anew. */
  configure(params: MediaParams): boolean {
    this.#law = G711[params.codec];
    this.#kinds = new Map<number, PayloadKind>([
      [params.comfortNoisePayloadType ?? COMFORT_NOISE_PAYLOAD_TYPE, 'comfort-noise'],
    ]);
    if (params.dtmfPayloadType !== undefined) this.#kinds.set(params.dtmfPayloadType, 'event');
    this.#kinds.set(params.payloadType, 'audio');
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
    const packet = this.#packet;
    const kind = readRtpPacket(bytes, packet) ? this.#kinds.get(packet.payloadType) : undefined;
    if (!kind || (kind === 'audio' && packet.payloadLength > MAX_PACKET_SAMPLES)) {
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
    this.jitter.pull(out);
  }

  #use(kind: PayloadKind, bytes: Uint8Array, nowMs: number): void {
    const { payloadOffset, payloadLength, timestamp } = this.#packet;
    if (kind === 'event') {
      this.jitter.pause();
      this.#dtmf.receive(bytes, payloadOffset, payloadLength, timestamp, nowMs);
    } else if (kind === 'comfort-noise') {
      this.jitter.pause();
    } else if (payloadLength > 0) {
      this.reception.measure(timestamp, nowMs);
      decodeG711(this.#law, bytes, payloadOffset, payloadLength, this.#samples);
      this.jitter.insert(timestamp, this.#samples, payloadLength, this.reception.jitter);
    }
  }

  /** @returns whether the packet belongs to the stream, after changing to a new SSRC where that is believed. */
  #followSsrc(): boolean {
    const { ssrc } = this.#packet;
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
    this.#dtmf.reset();
  }
}
