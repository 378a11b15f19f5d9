import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeG711, encodeG711, G711 } from '../../src/media/codecs/g711.ts';
import {
  newRtpPacket,
  RTP_HEADER_BYTES,
  readRtpPacket,
  writeRtpHeader,
} from '../../src/media/rtp/rtp-packet.ts';

const FRAME_SAMPLES = 160;
const FRAME_MS = 20;

export interface PeerPacket {
  marker: boolean;
  sequence: number;
  timestamp: number;
  payloadType: number;
  samples: Int16Array;
  /** When it came, on the clock of `performance.timeOrigin + performance.now()`. */
  at: number;
}

/** A bare RTP peer for tests, PCMU in 20 ms packets: it sends in any order that it is told, to one port of this host. */
export class RtpPeer {
  /** All that was received. */
  readonly packets: PeerPacket[] = [];
  readonly port: number;
  readonly #socket: Socket;
  readonly #target: number;
  readonly #ssrc = Math.floor(Math.random() * 2 ** 32);
  #sequence = 65_530;
  #timestamp = 0xffffff00;

  private constructor(socket: Socket, target: number) {
    this.#socket = socket;
    this.#target = target;
    this.port = socket.address().port;
    socket.on('message', (bytes) => this.#receive(bytes));
  }

  /** @param target port of 127.0.0.1 to send to */
  static async bind(address: string, target: number): Promise<RtpPeer> {
    const socket = createSocket('udp4');
    const listening = once(socket, 'listening');
    socket.bind(0, address);
    // A test that fails before it closes its peer must end nevertheless.
    socket.unref();
    await listening;
    return new RtpPeer(socket, target);
  }

  /**
   * Sends audio at its pace. `order` says for each 20 ms which of its packets leave then, by index: none is a loss,
   * another index is a reordering, several are duplicates.
   */
  async stream(samples: Int16Array, order: (index: number) => number[] = (index) => [index]): Promise<void> {
    const count = Math.floor(samples.length / FRAME_SAMPLES);
    const startedAt = performance.now();
    for (let tick = 0; tick < count; tick += 1) {
      for (const index of order(tick)) this.#sendAudio(samples, index);
      await delay(Math.max(0, startedAt + (tick + 1) * FRAME_MS - performance.now()));
    }
    this.#sequence = (this.#sequence + count) & 0xffff;
    this.#timestamp = (this.#timestamp + count * FRAME_SAMPLES) >>> 0;
  }

  sendRaw(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.#target, '127.0.0.1');
  }

  sendRtcp(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.#target + 1, '127.0.0.1');
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #sendAudio(samples: Int16Array, index: number): void {
    const bytes = Buffer.alloc(RTP_HEADER_BYTES + FRAME_SAMPLES);
    const timestamp = (this.#timestamp + index * FRAME_SAMPLES) >>> 0;
    writeRtpHeader(bytes, index === 0, 0, (this.#sequence + index) & 0xffff, timestamp, this.#ssrc);
    const frame = samples.subarray(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES);
    encodeG711(G711.PCMU, frame, bytes, RTP_HEADER_BYTES);
    this.sendRaw(bytes);
  }

  #receive(bytes: Buffer): void {
    const packet = newRtpPacket();
    if (!readRtpPacket(bytes, packet)) return;
    const { marker, sequence, timestamp, payloadType, payloadOffset, payloadLength } = packet;
    const samples = new Int16Array(payloadType === 0 ? payloadLength : 0);
    decodeG711(G711.PCMU, bytes, payloadOffset, samples.length, samples);
    this.packets.push({
      marker,
      sequence,
      timestamp,
      payloadType,
      samples,
      at: performance.timeOrigin + performance.now(),
    });
  }
}
