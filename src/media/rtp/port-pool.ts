import { randomInt } from 'node:crypto';

/** How long a closed pair rests, so that late packets of the old call cannot reach a new one. */
export const PORT_DRAIN_MS = 30_000;

/** Even RTP ports, each with the odd one above it for RTCP (RFC 3550 section 11). */
export class PortPool {
  /** Pairs that were never used or have drained; the order is random, so that a port cannot be foretold. */
  readonly #fresh: number[] = [];
  /** Closed pairs, oldest first. */
  readonly #draining: { port: number; readyAtMs: number }[] = [];

  /** @throws {RangeError} when the range holds no pair. */
  constructor(range: { from: number; to: number }) {
    for (let port = range.from + (range.from % 2); port + 1 <= range.to; port += 2) this.#fresh.push(port);
    if (this.#fresh.length === 0 || range.from < 1 || range.to > 65_535)
      throw new RangeError(`RTP ports ${range.from}-${range.to} hold no even and odd pair.`);
    for (let i = this.#fresh.length - 1; i > 0; i -= 1) {
      const j = randomInt(i + 1);
      [this.#fresh[i], this.#fresh[j]] = [this.#fresh[j] as number, this.#fresh[i] as number];
    }
  }

  get freeCount(): number {
    return this.#fresh.length + this.#draining.length;
  }

  /** Takes a pair. One that still drains is given only when there is no other: a new call counts more. */
  acquire(nowMs: number): number | undefined {
    const oldest = this.#draining[0];
    if (oldest && oldest.readyAtMs <= nowMs)
      this.#fresh.unshift((this.#draining.shift() as typeof oldest).port);
    return this.#fresh.pop() ?? this.#draining.shift()?.port;
  }

  /** Gives a pair back, to rest for {@link PORT_DRAIN_MS}. */
  release(port: number, nowMs: number): void {
    this.#draining.push({ port, readyAtMs: nowMs + PORT_DRAIN_MS });
  }
}
