import { randomInt } from 'node:crypto';
import { encodeG711, G711, type G711Law } from '../codecs/g711.ts';
import { DTMF_PAYLOAD_BYTES, writeDtmfEvent } from '../dtmf/dtmf-event.ts';
import { DtmfSender } from '../dtmf/dtmf-sender.ts';
import { writeDtmfTone } from '../dtmf/dtmf-tone.ts';
import { FRAME_SAMPLES, type MediaParams } from '../media-session.ts';
import { RTP_HEADER_BYTES, writeRtpHeader } from '../rtp/rtp-packet.ts';
import type { LineSource } from './line-source.ts';
import { FRAME_MS } from './ticker.ts';

/** Longest packet time we send, in frames: 60 ms. */
const MAX_FRAMES_PER_PACKET = 3;
/** Buffers used in turn, so that none is written while the kernel may still hold it. */
const BUFFERS = 8;
const BUFFER_BYTES = RTP_HEADER_BYTES + MAX_FRAMES_PER_PACKET * FRAME_SAMPLES;

/** Sends one frame each 20 ms: queued audio, keys, or silence, so that NAT bindings and the peer's timers stay alive. */
export class RtpSender {
  readonly ssrc = randomInt(2 ** 32);
  packets = 0;
  octets = 0;
  /** What the last tick put on the line, for the recording. */
  readonly frame = new Int16Array(FRAME_SAMPLES);
  readonly #source: LineSource;
  readonly #send: (packet: Uint8Array) => void;
  readonly #buffers = Array.from({ length: BUFFERS }, () => Buffer.alloc(BUFFER_BYTES));
  readonly #dtmf = new DtmfSender();
  #bufferIndex = 0;
  #sequence = randomInt(2 ** 16);
  #timestamp = randomInt(2 ** 32);
  #law: G711Law = G711.PCMU;
  #payloadType = 0;
  #dtmfPayloadType: number | undefined;
  #framesPerPacket = 1;
  /** Frames that are encoded in the present buffer and not sent. */
  #pending = 0;
  #pendingTimestamp = 0;
  #marker = true;
  #talking = false;
  #eventTimestamp = 0;

  constructor(source: LineSource, send: (packet: Uint8Array) => void) {
    this.#source = source;
    this.#send = send;
  }

  /** Timestamp of the next frame, for sender reports. */
  get timestamp(): number {
    return this.#timestamp;
  }

  configure(params: MediaParams): void {
    this.#pending = 0;
    this.#law = G711[params.codec];
    this.#payloadType = params.payloadType;
    this.#dtmfPayloadType = params.dtmfPayloadType;
    // Packets of 20, 40 or 60 ms; a wish between is rounded down, below is 20.
    const frames = Math.floor(params.ptimeMs / FRAME_MS);
    this.#framesPerPacket = Math.min(MAX_FRAMES_PER_PACKET, Math.max(1, frames));
  }

  /**
   * One frame's time. Where `transmit` is false (we are on hold) everything passes in its time and nothing is sent, so
   * that what is said meanwhile does not pile up and come out when the call goes on.
   */
  tick(transmit: boolean, at: number): void {
    if (!this.#dtmf.isActive) {
      const key = this.#source.takeKey();
      if (key) this.#startKey(key);
    }
    if (this.#dtmf.isActive) this.#tickKey(transmit);
    else this.#tickAudio(transmit, at);
    if (!transmit) this.#marker = true;
    this.#timestamp = (this.#timestamp + FRAME_SAMPLES) >>> 0;
  }

  /** Our clock stood still: the time line goes on where it should be, as after a pause. */
  skip(frames: number): void {
    this.#flush();
    this.#timestamp = (this.#timestamp + frames * FRAME_SAMPLES) >>> 0;
    this.#marker = true;
  }

  #tickAudio(transmit: boolean, at: number): void {
    const talking = this.#source.pull(this.frame, at);
    if (talking && !this.#talking) this.#marker = true;
    this.#talking = talking;
    if (transmit) this.#sendFrame();
    else this.frame.fill(0);
    if (talking) this.#source.settle(at);
  }

  #sendFrame(): void {
    if (this.#pending === 0) this.#pendingTimestamp = this.#timestamp;
    const payload = RTP_HEADER_BYTES + this.#pending * FRAME_SAMPLES;
    encodeG711(this.#law, this.frame, this.#buffer(), payload);
    this.#pending += 1;
    if (this.#pending >= this.#framesPerPacket) this.#flush();
  }

  #flush(): void {
    if (this.#pending === 0) return;
    const length = this.#pending * FRAME_SAMPLES;
    this.#pending = 0;
    this.#emit(this.#marker, this.#payloadType, this.#pendingTimestamp, length);
  }

  #startKey(key: Parameters<DtmfSender['start']>[0]): void {
    this.#flush();
    this.#talking = false;
    this.#eventTimestamp = this.#timestamp;
    this.#dtmf.start(key);
  }

  #tickKey(transmit: boolean): void {
    const phase = this.#dtmf.step();
    const inBand = this.#dtmfPayloadType === undefined;
    this.frame.fill(0);
    if (inBand && phase === 'down')
      writeDtmfTone(this.frame, this.#dtmf.code, (this.#dtmf.duration - 1) * FRAME_SAMPLES);
    if (!transmit) {
      this.frame.fill(0);
      return;
    }
    if (inBand || phase === 'gap') {
      this.#sendFrame();
      return;
    }
    const duration = this.#dtmf.duration * FRAME_SAMPLES;
    writeDtmfEvent(this.#buffer(), RTP_HEADER_BYTES, this.#dtmf.code, this.#dtmf.end, duration);
    const type = this.#dtmfPayloadType as number;
    this.#emit(this.#dtmf.first, type, this.#eventTimestamp, DTMF_PAYLOAD_BYTES);
    this.#marker = true;
  }

  #buffer(): Buffer {
    return this.#buffers[this.#bufferIndex] as Buffer;
  }

  #emit(marker: boolean, payloadType: number, timestamp: number, payloadLength: number): void {
    const buffer = this.#buffer();
    writeRtpHeader(buffer, marker, payloadType, this.#sequence, timestamp, this.ssrc);
    this.#send(buffer.subarray(0, RTP_HEADER_BYTES + payloadLength));
    this.#bufferIndex = (this.#bufferIndex + 1) % BUFFERS;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#marker = false;
    this.packets += 1;
    this.octets += payloadLength;
  }
}
