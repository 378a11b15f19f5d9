/** The other ends of N calls: sends a packet every 20 ms on each and notes what comes back, and when. */
import type { Socket } from 'node:dgram';
import { raiseThreadPriority } from '../../src/lib/thread-priority.ts';
import { SrtpSender } from '../../src/media/srtp/srtp-sender.ts';
import { MAX_TAG_BYTES } from '../../src/media/srtp/srtp-suite.ts';
import { percentile } from '../measure/percentile.ts';
import { type Served, serveParent } from '../measure/serve-parent.ts';
import type { GeneratorReady } from '../measure/steady-load.ts';
import { BENCH_KEY, LINES, type Line, type LineName, payloadOf } from './line.ts';
import { connectTo, openSocket, portOf } from './loopback-socket.ts';
import { ReceivedStream } from './received-stream.ts';
import { FRAME_MS, isAudio, rtpPacket, stamp } from './rtp-packet.ts';

export interface RtpGeneratorConfig {
  calls: number;
  line: LineName;
}

export interface RtpGeneratorResult {
  sent: number;
  received: number;
  /** Holes in the numbering of what came back. */
  lost: number;
  deviationP99Ms: number;
}

const SPREAD = 0x9e3779b1;

class GeneratedCall {
  readonly stream: ReceivedStream;
  readonly #socket: Socket;
  readonly #packet: Buffer;
  readonly #line: Line;
  readonly #srtp: SrtpSender | undefined;
  readonly #protected: Buffer;
  #nextAt = 0;
  sent = 0;

  constructor(socket: Socket, stream: ReceivedStream, index: number, line: Line, payload: Uint8Array) {
    this.#socket = socket;
    this.stream = stream;
    this.#line = line;
    this.#packet = rtpPacket(index * SPREAD, payload);
    this.#protected = Buffer.alloc(this.#packet.length + MAX_TAG_BYTES);
    this.#srtp = line.suite && new SrtpSender(line.suite, BENCH_KEY);
  }

  get port(): number {
    return portOf(this.#socket);
  }

  async begin(port: number, firstAt: number): Promise<void> {
    await connectTo(this.#socket, port);
    this.#nextAt = firstAt;
  }

  /**
   * Sends its next packet if that is due. A connected socket copies into the kernel at once, so the packet may be written
   * anew.
   */
  sendDue(now: number): boolean {
    if (this.#nextAt > now) return false;
    stamp(this.#packet, this.sent, false, this.#line.format);
    this.#socket.send(this.#onWire());
    this.sent += 1;
    this.#nextAt += FRAME_MS;
    return true;
  }

  close(): void {
    this.#socket.close();
  }

  #onWire(): Buffer {
    if (!this.#srtp) return this.#packet;
    this.#packet.copy(this.#protected);
    return this.#protected.subarray(0, this.#srtp.protect(this.#protected, this.#packet.length));
  }
}

async function start({ calls: count, line: name }: RtpGeneratorConfig): Promise<Served> {
  // Its times are those of the line: it is not to wait for what it measures.
  raiseThreadPriority();
  const line = LINES[name];
  const payload = await payloadOf(line);
  const calls: GeneratedCall[] = [];
  for (let index = 0; index < count; index += 1) {
    const stream = new ReceivedStream();
    const socket = await openSocket((packet) => {
      if (isAudio(packet, line.format)) stream.take(packet, performance.now());
    });
    calls.push(new GeneratedCall(socket, stream, index, line, payload));
  }
  let pacer: NodeJS.Timeout | undefined;
  return {
    ready: { ports: calls.map((call) => call.port) } satisfies GeneratorReady,
    questions: {
      /** Sends to these ports from now on, each call at its own phase of the 20 ms. */
      async begin({ ports: to }: { ports: number[] }) {
        const from = performance.now() + FRAME_MS;
        const phase = FRAME_MS / calls.length;
        await Promise.all(calls.map((call, index) => call.begin(to[index] as number, from + index * phase)));
        // They are due one after the other, over and over: who waits is not looked at, which would cost the machine's caches.
        let turn = 0;
        pacer = setInterval(() => {
          const now = performance.now();
          while (calls[turn]?.sendDue(now)) turn = (turn + 1) % calls.length;
        }, 1);
      },
      measure() {
        for (const { stream } of calls) stream.measuring = true;
      },
      stopSending() {
        clearInterval(pacer);
        for (const { stream } of calls) stream.measuring = false;
      },
      result: () => resultOf(calls),
    },
    close() {
      clearInterval(pacer);
      for (const call of calls) call.close();
    },
  };
}

function resultOf(calls: GeneratedCall[]): RtpGeneratorResult {
  const deviations = calls.flatMap(({ stream }) => stream.deviationsMs);
  const sum = (of: (call: GeneratedCall) => number) => calls.reduce((total, call) => total + of(call), 0);
  return {
    sent: sum((call) => call.sent),
    received: sum(({ stream }) => stream.received),
    lost: sum(({ stream }) => stream.lost),
    deviationP99Ms: percentile(deviations, 0.99),
  };
}

await serveParent(start);
