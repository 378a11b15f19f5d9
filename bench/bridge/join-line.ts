import type { Socket } from 'node:dgram';
import { decodeG711, encodeG711, G711 } from '../../src/media/codecs/g711.ts';
import { goertzel, tone } from '../../test/support/tones.ts';
import { connectTo, openSocket, portOf } from '../media/loopback-socket.ts';
import {
  FRAME_BYTES,
  FRAME_MS,
  isAudio,
  RTP_HEADER_BYTES,
  rtpPacket,
  silence,
  stamp,
} from '../media/rtp-packet.ts';

/** What each of the two says: whole periods in a frame, and neither in the sounds that a caller waits to. */
const VOICES_HZ = { caller: 1_500, operator: 2_500 } as const;
const AMPLITUDE = 8_000;
/** Of a frame that the other's voice has begun in: a quarter of it. */
const HEARD_AMPLITUDE = AMPLITUDE / 4;
const SPREAD = 0x9e3779b1;

type Party = keyof typeof VOICES_HZ;

/** One telephone's audio on a bare socket: silence, then a voice, and the instant when the other's is first heard. */
export class JoinLine {
  /** On the clock of `performance.now`. */
  readonly heard: Promise<number>;
  readonly #heard = Promise.withResolvers<number>();
  readonly #socket: Socket;
  readonly #silence: Buffer;
  readonly #voice: Buffer;
  readonly #decoded = new Int16Array(FRAME_BYTES);
  readonly #otherHz: number;
  #pacer: NodeJS.Timeout | undefined;
  #nextAt = 0;
  #sent = 0;
  #isSpeaking = false;

  private constructor(socket: Socket, party: Party, ssrc: number) {
    this.#socket = socket;
    this.#otherHz = VOICES_HZ[party === 'caller' ? 'operator' : 'caller'];
    this.#silence = rtpPacket(ssrc, silence());
    this.#voice = rtpPacket(ssrc, payloadOf(tone(VOICES_HZ[party], FRAME_MS, AMPLITUDE)));
    this.heard = this.#heard.promise;
  }

  static async open(party: Party, index: number): Promise<JoinLine> {
    const socket = await openSocket((packet) => {
      if (isAudio(packet)) line.#take(packet);
    });
    const line = new JoinLine(socket, party, (index + 1) * SPREAD);
    return line;
  }

  get port(): number {
    return portOf(this.#socket);
  }

  /** Sends to this port from now on, every 20 ms. */
  async connect(port: number): Promise<void> {
    await connectTo(this.#socket, port);
    this.#nextAt = performance.now();
    this.#pacer = setInterval(() => this.#send(performance.now()), 1);
  }

  /** The voice begins with the next packet. */
  speak(): void {
    this.#isSpeaking = true;
  }

  close(): void {
    clearInterval(this.#pacer);
    this.#socket.close();
  }

  #send(now: number): void {
    while (this.#nextAt <= now) {
      const packet = this.#isSpeaking ? this.#voice : this.#silence;
      stamp(packet, this.#sent);
      this.#socket.send(packet);
      this.#sent += 1;
      this.#nextAt += FRAME_MS;
    }
  }

  #take(packet: Buffer): void {
    const at = performance.now();
    if (packet.length !== RTP_HEADER_BYTES + FRAME_BYTES) return;
    decodeG711(G711.PCMU, packet, RTP_HEADER_BYTES, FRAME_BYTES, this.#decoded);
    if (goertzel(this.#decoded, this.#otherHz) > HEARD_AMPLITUDE) this.#heard.resolve(at);
  }
}

function payloadOf(samples: Int16Array): Uint8Array {
  const payload = new Uint8Array(samples.length);
  encodeG711(G711.PCMU, samples, payload, 0);
  return payload;
}
