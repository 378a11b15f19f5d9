import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const HOST = '127.0.0.1';

/** Passes datagrams on between two ports of this host, but for those that its dice lose; the same seed loses the same. */
export class LossyRelay {
  passed = 0;
  lost = 0;
  readonly #sides: readonly [Socket, Socket];
  readonly #loss: number;
  #seed: number;

  private constructor(sides: readonly [Socket, Socket], loss: number, seed: number) {
    this.#sides = sides;
    this.#loss = loss;
    this.#seed = seed;
  }

  /** @param ends the two ports; each sends to the relay's port for it. @param loss share that is lost, 0 to 1 */
  static async open(ends: readonly [number, number], loss: number, seed: number): Promise<LossyRelay> {
    const sides = [createSocket('udp4'), createSocket('udp4')] as const;
    const relay = new LossyRelay(sides, loss, seed);
    for (const [index, socket] of sides.entries()) {
      const listening = once(socket, 'listening');
      socket.bind(0, HOST);
      await listening;
      const other = index === 0 ? sides[1] : sides[0];
      const target = index === 0 ? ends[1] : ends[0];
      socket.on('message', (bytes) => relay.#pass(bytes, other, target));
    }
    return relay;
  }

  /** Where the first end sends to, and where the second does. */
  get ports(): readonly [number, number] {
    return [this.#sides[0].address().port, this.#sides[1].address().port];
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#sides.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
    );
  }

  #pass(bytes: Buffer, from: Socket, target: number): void {
    if (this.#random() < this.#loss) {
      this.lost += 1;
      return;
    }
    this.passed += 1;
    from.send(bytes, target, HOST);
  }

  /** Mulberry32: good enough dice in one number. */
  #random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
