import type { Socket } from 'node:dgram';
import { connectTo, openSocket, portOf } from '../media/loopback-socket.ts';
import { FRAME_MS, isAudio, isVoiced, rtpPacket, silence, stamp, tone } from '../media/rtp-packet.ts';

/** Frames of one utterance. */
const TALK_FRAMES = 20;
/** Longest wait for an answer, and the silence after an answer that ends it. Milliseconds. */
const PATIENCE_MS = 3_000;
const ANSWER_GAP_MS = 240;
const SPREAD = 0x9e3779b1;

type Phase = 'pausing' | 'talking' | 'listening' | 'answered';

/**
 * A person who asks, waits for the answer, hears it out and asks again. Bare RTP without a jitter buffer: it takes the
 * time when a datagram reaches it, on the same clock on which it sent.
 */
export class Caller {
  /** Last voiced packet sent to first voiced packet received, of each turn. */
  readonly answersMs: number[] = [];
  unanswered = 0;
  measuring = false;
  readonly #socket: Socket;
  readonly #voice: Buffer;
  readonly #silence: Buffer;
  #phase: Phase = 'pausing';
  #sent = 0;
  #talked = 0;
  #nextAt = 0;
  #talkAt = 0;
  #lastVoicedSentAt = 0;
  #lastVoicedHeardAt = 0;

  private constructor(socket: Socket, index: number) {
    this.#socket = socket;
    this.#voice = rtpPacket(index * SPREAD, tone());
    this.#silence = rtpPacket(index * SPREAD, silence());
  }

  static async open(index: number): Promise<Caller> {
    const socket = await openSocket((packet) => {
      if (isAudio(packet) && isVoiced(packet)) caller.#hear(performance.now());
    });
    const caller = new Caller(socket, index);
    return caller;
  }

  get port(): number {
    return portOf(this.#socket);
  }

  connect(port: number): Promise<void> {
    return connectTo(this.#socket, port);
  }

  /** @param talkAt when it says its first sentence. */
  begin(now: number, talkAt: number): void {
    this.#nextAt = now;
    this.#talkAt = talkAt;
  }

  /** Sends what is due. */
  tick(now: number): void {
    while (this.#nextAt <= now) {
      this.#decide(now);
      this.#send();
      this.#nextAt += FRAME_MS;
    }
  }

  #decide(now: number): void {
    if (this.#phase === 'pausing' && now >= this.#talkAt) {
      this.#phase = 'talking';
      this.#talked = 0;
    } else if (this.#phase === 'talking' && this.#talked === TALK_FRAMES) this.#phase = 'listening';
    else if (this.#phase === 'listening' && now - this.#lastVoicedSentAt > PATIENCE_MS) {
      if (this.measuring) this.unanswered += 1;
      this.#pause(now);
    } else if (this.#phase === 'answered' && now - this.#lastVoicedHeardAt > ANSWER_GAP_MS) this.#pause(now);
  }

  /** Up to two frames more, so that turns do not keep step with the ticks of the other side. */
  #pause(now: number): void {
    this.#phase = 'pausing';
    this.#talkAt = now + Math.random() * 2 * FRAME_MS;
  }

  #send(): void {
    const talking = this.#phase === 'talking';
    const packet = talking ? this.#voice : this.#silence;
    stamp(packet, this.#sent, talking && this.#talked === 0);
    this.#socket.send(packet);
    this.#sent += 1;
    if (!talking) return;
    this.#talked += 1;
    this.#lastVoicedSentAt = performance.now();
  }

  #hear(now: number): void {
    this.#lastVoicedHeardAt = now;
    if (this.#phase !== 'listening') return;
    this.#phase = 'answered';
    if (this.measuring) this.answersMs.push(now - this.#lastVoicedSentAt);
  }

  close(): void {
    this.#socket.close();
  }
}
