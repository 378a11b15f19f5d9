import { randomInt } from 'node:crypto';
import type { AudioEncoder } from '../codecs/audio-codec.ts';
import { AUDIO_FORMATS } from '../codecs/audio-format.ts';
import { DTMF_PAYLOAD_BYTES, writeDtmfEvent } from '../dtmf/dtmf-event.ts';
import { DtmfSender } from '../dtmf/dtmf-sender.ts';
import { writeDtmfTone } from '../dtmf/dtmf-tone.ts';
import type { WorkerMediaParams } from '../media-params.ts';
import { type AudioCodec, FRAME_SAMPLES, SAMPLE_RATE_HZ } from '../media-session.ts';
import { RTP_HEADER_BYTES, writeRtpHeader } from '../rtp/rtp-packet.ts';
import { MAX_TAG_BYTES } from '../srtp/srtp-suite.ts';
import type { LineSource } from './line-source.ts';
import { FRAME_MS } from './ticker.ts';

/** Longest packet time we send, in frames: 60 ms. */
const MAX_FRAMES_PER_PACKET = 3;
/** Buffers used in turn, so that none is written while the kernel may still hold it. */
const BUFFERS = 8;
/** No codec needs more than an octet for a sample; behind the payload there is room for the tag of SRTP. */
const BUFFER_BYTES = RTP_HEADER_BYTES + MAX_FRAMES_PER_PACKET * FRAME_SAMPLES + MAX_TAG_BYTES;
/** Sequence numbers begin in the lower half, so that a lost first packet does not hide a roll-over from SRTP (RFC 3711 3.3.1). */
const FIRST_SEQUENCES = 2 ** 15;
const DEFAULT_EVENT_CLOCK_RATE_HZ = 8000;

/**
 * The frame of whichever sender ticks. Each call has its turn 50 times a second; memory of its own would be out of the
 * processor's cache every time.
 */
const frame = new Int16Array(FRAME_SAMPLES);

/** A buffer on its way to the socket; the views that are sent of it are nearly always of one length. */
class PacketBuffer {
  readonly bytes = Buffer.alloc(BUFFER_BYTES);
  #sent = this.bytes;

  /** The first `length` octets. */
  first(length: number): Buffer {
    if (this.#sent.length !== length) this.#sent = this.bytes.subarray(0, length);
    return this.#sent;
  }
}

/** Sends one frame each 20 ms: queued audio, keys, or silence, so that NAT bindings and the peer's timers stay alive. */
export class RtpSender {
  ssrc = randomInt(2 ** 32);
  packets = 0;
  octets = 0;
  /** What the last tick put on the line, for the recording. It holds until another sender's tick. */
  readonly frame = frame;
  readonly #source: LineSource;
  readonly #protect: (buffer: Buffer, length: number) => number;
  readonly #send: (packet: Buffer) => void;
  readonly #buffers = Array.from({ length: BUFFERS }, () => new PacketBuffer());
  readonly #dtmf = new DtmfSender();
  #bufferIndex = 0;
  readonly #samples = new Int16Array(MAX_FRAMES_PER_PACKET * FRAME_SAMPLES);
  /** The samples of one frame, of two and of three. */
  readonly #packets = Array.from({ length: MAX_FRAMES_PER_PACKET }, (_, more) =>
    this.#samples.subarray(0, (more + 1) * FRAME_SAMPLES),
  );
  #sequence = randomInt(FIRST_SEQUENCES);
  /** Kept with a sign, as a small integer. */
  #timestamp = randomInt(2 ** 32) | 0;
  #codec: AudioCodec | undefined;
  #encoder: AudioEncoder | undefined;
  #ticksPerFrame = FRAME_SAMPLES;
  #eventTicksPerFrame = FRAME_SAMPLES;
  #payloadType = 0;
  #dtmfPayloadType: number | undefined;
  #framesPerPacket = 1;
  /** Frames that wait for their packet to be full. */
  #pending = 0;
  #pendingTimestamp = 0;
  #marker = true;
  #talking = false;
  #eventTimestamp = 0;

  /**
   * @param protect makes a packet ready for the line in its buffer, which has room for a tag of SRTP behind the first
   * `length` octets, and tells how long it is then
   */
  constructor(
    source: LineSource,
    protect: (buffer: Buffer, length: number) => number,
    send: (packet: Buffer) => void,
  ) {
    this.#source = source;
    this.#protect = protect;
    this.#send = send;
  }

  /** Timestamp of the next frame, for sender reports. */
  get timestamp(): number {
    return this.#timestamp >>> 0;
  }

  /** What waits for its packet goes out with the new codec, so that nothing is lost by the change. */
  configure(params: WorkerMediaParams): void {
    if (params.codec !== this.#codec) this.#changeCodec(params.codec);
    this.#payloadType = params.payloadType;
    this.#dtmfPayloadType = params.dtmfPayloadType;
    const eventClockRateHz = params.dtmfClockRateHz ?? DEFAULT_EVENT_CLOCK_RATE_HZ;
    this.#eventTicksPerFrame = (FRAME_SAMPLES * eventClockRateHz) / SAMPLE_RATE_HZ;
    this.#dtmf.configure(this.#eventTicksPerFrame);
    // Packets of 20, 40 or 60 ms; a wish between is rounded down, below is 20.
    const frames = Math.floor(params.ptimeMs / FRAME_MS);
    this.#framesPerPacket = Math.min(MAX_FRAMES_PER_PACKET, Math.max(1, frames));
  }

  /** Goes on as another source. */
  renew(): void {
    this.ssrc = randomInt(2 ** 32);
    this.#sequence = randomInt(FIRST_SEQUENCES);
  }

  /** Frees the encoder. */
  close(): void {
    this.#encoder?.close();
    this.#encoder = undefined;
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
    this.#timestamp = (this.#timestamp + this.#ticksPerFrame) | 0;
  }

  /** Our clock stood still: the time line goes on where it should be, as after a pause. */
  skip(frames: number): void {
    this.#flush();
    this.#timestamp = (this.#timestamp + frames * this.#ticksPerFrame) | 0;
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

  #changeCodec(codec: AudioCodec): void {
    const { ticksPerSample, createEncoder } = AUDIO_FORMATS[codec];
    this.#encoder?.close();
    this.#encoder = createEncoder();
    this.#codec = codec;
    this.#ticksPerFrame = FRAME_SAMPLES * ticksPerSample;
    this.#pendingTimestamp = (this.#timestamp - this.#pending * this.#ticksPerFrame) | 0;
  }

  #sendFrame(): void {
    if (this.#framesPerPacket === 1 && this.#pending === 0) {
      this.#encode(this.frame, this.#timestamp);
      return;
    }
    if (this.#pending === 0) this.#pendingTimestamp = this.#timestamp;
    this.#samples.set(this.frame, this.#pending * FRAME_SAMPLES);
    this.#pending += 1;
    if (this.#pending >= this.#framesPerPacket) this.#flush();
  }

  #flush(): void {
    const samples = this.#packets[this.#pending - 1];
    if (!samples) return;
    this.#pending = 0;
    this.#encode(samples, this.#pendingTimestamp);
  }

  #encode(samples: Int16Array, timestamp: number): void {
    if (!this.#encoder) return;
    const length = this.#encoder.encode(samples, this.#buffer.bytes, RTP_HEADER_BYTES);
    this.#emit(this.#marker, this.#payloadType, timestamp, length);
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
    const duration = this.#dtmf.duration * this.#eventTicksPerFrame;
    writeDtmfEvent(this.#buffer.bytes, RTP_HEADER_BYTES, this.#dtmf.code, this.#dtmf.end, duration);
    const type = this.#dtmfPayloadType as number;
    this.#emit(this.#dtmf.first, type, this.#eventTimestamp, DTMF_PAYLOAD_BYTES);
    this.#marker = true;
  }

  get #buffer(): PacketBuffer {
    return this.#buffers[this.#bufferIndex] as PacketBuffer;
  }

  #emit(marker: boolean, payloadType: number, timestamp: number, payloadLength: number): void {
    const buffer = this.#buffer;
    writeRtpHeader(buffer.bytes, marker, payloadType, this.#sequence, timestamp, this.ssrc);
    this.#send(buffer.first(this.#protect(buffer.bytes, RTP_HEADER_BYTES + payloadLength)));
    this.#bufferIndex = (this.#bufferIndex + 1) % BUFFERS;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#marker = false;
    this.packets += 1;
    this.octets += payloadLength;
  }
}
