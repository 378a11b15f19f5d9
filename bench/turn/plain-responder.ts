/** The reference and the harness's own floor: a bare dgram process that answers each utterance after a setTimeout. */
import type { Socket } from 'node:dgram';
import { EventLoopWatch } from '../measure/event-loop-lag.ts';
import { type Served, serveParent } from '../measure/serve-parent.ts';
import { connectTo, openSocket, portOf } from '../media/loopback-socket.ts';
import { FRAME_MS, isAudio, isVoiced, rtpPacket, stamp, tone } from '../media/rtp-packet.ts';
import type { VoiceServerResult } from './voice-server.ts';

export interface PlainResponderConfig {
  /** From the last voiced packet to the answer. */
  waitMs: number;
}

const ANSWER_FRAMES = 8;

class Responder {
  readonly #socket: Socket;
  readonly #waitMs: number;
  readonly #packet = rtpPacket(1, tone());
  #lastVoicedAt: number | undefined;
  #sent = 0;
  #closed = false;

  constructor(socket: Socket, waitMs: number) {
    this.#socket = socket;
    this.#waitMs = waitMs;
  }

  /** The first silent packet tells that the one before it was the last voiced one. */
  hear(voiced: boolean, at: number): void {
    if (voiced) this.#lastVoicedAt = at;
    else if (this.#lastVoicedAt !== undefined) {
      setTimeout(() => this.#answer(ANSWER_FRAMES), this.#lastVoicedAt + this.#waitMs - at);
      this.#lastVoicedAt = undefined;
    }
  }

  close(): void {
    this.#closed = true;
    this.#socket.close();
  }

  #answer(frames: number): void {
    if (this.#closed) return;
    stamp(this.#packet, this.#sent);
    this.#socket.send(this.#packet);
    this.#sent += 1;
    if (frames > 1) setTimeout(() => this.#answer(frames - 1), FRAME_MS);
  }
}

async function start({ waitMs }: PlainResponderConfig): Promise<Served> {
  const responders: Responder[] = [];
  const loop = new EventLoopWatch();
  return {
    ready: {},
    questions: {
      async open({ remotePorts }: { remotePorts: number[] }) {
        const ports: number[] = [];
        for (const port of remotePorts) {
          let responder: Responder | undefined;
          const socket = await openSocket((packet) => {
            if (isAudio(packet)) responder?.hear(isVoiced(packet), performance.now());
          });
          await connectTo(socket, port);
          responder = new Responder(socket, waitMs);
          responders.push(responder);
          ports.push(portOf(socket));
        }
        return ports;
      },
      measure: () => loop.begin(),
      result: () => ({ turns: [], ...loop.end() }) satisfies VoiceServerResult,
    },
    close() {
      for (const responder of responders) responder.close();
    },
  };
}

await serveParent(start);
