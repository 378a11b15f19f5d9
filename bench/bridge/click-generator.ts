/** Both ends of N bridges: silence with a loud packet now and then, whose way to the other end is timed. */
import type { Socket } from 'node:dgram';
import { percentile } from '../measure/percentile.ts';
import { type Served, serveParent } from '../measure/serve-parent.ts';
import type { GeneratorReady } from '../measure/steady-load.ts';
import { connectTo, openSocket, portOf } from '../media/loopback-socket.ts';
import { FRAME_MS, isAudio, isVoiced, rtpPacket, silence, stamp, tone } from '../media/rtp-packet.ts';

export interface ClickGeneratorConfig {
  bridges: number;
}

export interface ClickGeneratorResult {
  /** Clicks sent while it was measured, and how many of them the neighbours heard. */
  clicked: number;
  heard: number;
  delayP50Ms: number;
  delayP99Ms: number;
}

/** Packets from one click to the next: half a second, which is longer than any way that is timed. */
const CLICK_EVERY = 25;
const SPREAD = 0x9e3779b1;

/** One side of a bridge: sends, and times what its neighbour clicked. */
class Side {
  readonly delaysMs: number[] = [];
  clicked = 0;
  nextAt = 0;
  /** When the click was sent that is still to be heard; 0 where none is. */
  #clickedAt = 0;
  #sent = 0;
  #measuring = false;
  readonly #socket: Socket;
  readonly #quiet: Buffer;
  readonly #loud: Buffer;
  readonly #clickAt: number;

  constructor(socket: Socket, index: number) {
    this.#socket = socket;
    this.#quiet = rtpPacket(index * SPREAD, silence());
    this.#loud = rtpPacket(index * SPREAD, tone());
    this.#clickAt = index % CLICK_EVERY;
  }

  get port(): number {
    return portOf(this.#socket);
  }

  async begin(port: number, firstAt: number): Promise<void> {
    await connectTo(this.#socket, port);
    this.nextAt = firstAt;
  }

  /** Counts the clicks from now on. */
  measure(): void {
    this.#measuring = true;
    this.#clickedAt = 0;
  }

  tick(now: number): void {
    while (this.nextAt <= now) {
      const isClick = this.#sent % CLICK_EVERY === this.#clickAt;
      const packet = isClick ? this.#loud : this.#quiet;
      stamp(packet, this.#sent);
      if (isClick && this.#measuring) {
        this.#clickedAt = performance.now();
        this.clicked += 1;
      }
      this.#socket.send(packet);
      this.#sent += 1;
      this.nextAt += FRAME_MS;
    }
  }

  take(packet: Buffer, neighbour: Side): void {
    // A click may come in two packets: the first of them counts.
    if (neighbour.#clickedAt === 0 || !isVoiced(packet)) return;
    this.delaysMs.push(performance.now() - neighbour.#clickedAt);
    neighbour.#clickedAt = 0;
  }

  close(): void {
    this.#socket.close();
  }
}

async function start({ bridges }: ClickGeneratorConfig): Promise<Served> {
  const sides: Side[] = [];
  for (let index = 0; index < bridges * 2; index += 1) {
    const other = index % 2 === 0 ? index + 1 : index - 1;
    const socket = await openSocket((packet) => {
      if (isAudio(packet)) sides[index]?.take(packet, sides[other] as Side);
    });
    sides.push(new Side(socket, index));
  }
  let pacer: NodeJS.Timeout | undefined;
  return {
    ready: { ports: sides.map((side) => side.port) } satisfies GeneratorReady,
    questions: {
      /** Sends to these ports from now on, each side at its own phase of the 20 ms. */
      async begin({ ports }: { ports: number[] }) {
        const from = performance.now() + FRAME_MS;
        const phase = FRAME_MS / sides.length;
        await Promise.all(
          sides.map((side, index) => side.begin(ports[index] as number, from + index * phase)),
        );
        pacer = setInterval(() => {
          const now = performance.now();
          for (const side of sides) side.tick(now);
        }, 1);
      },
      measure() {
        for (const side of sides) side.measure();
      },
      stopSending: () => clearInterval(pacer),
      result: () => resultOf(sides),
    },
    close() {
      clearInterval(pacer);
      for (const side of sides) side.close();
    },
  };
}

function resultOf(sides: Side[]): ClickGeneratorResult {
  const delays = sides.flatMap(({ delaysMs }) => delaysMs);
  return {
    clicked: sides.reduce((total, { clicked }) => total + clicked, 0),
    heard: delays.length,
    delayP50Ms: percentile(delays, 0.5),
    delayP99Ms: percentile(delays, 0.99),
  };
}

await serveParent(start);
