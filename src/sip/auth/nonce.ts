import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';

/** How long a nonce is good, in milliseconds: one call set-up with its retransmissions (64 * T1 is 32 s). */
export const NONCE_LIFETIME_MS = 32_000;
/** Nonces whose last count is remembered: 300 authentications a second over the life of a nonce. The oldest goes first. */
const MAX_REMEMBERED = 10_000;
const SIGNATURE_BYTES = 16;
const RANDOM_BYTES = 8;
const TIME_BYTES = 6;
const NONCE_BYTES = TIME_BYTES + RANDOM_BYTES + SIGNATURE_BYTES;

export type NonceVerdict = 'good' | 'stale' | 'forged';

/** Makes and checks nonces that prove their own origin and age, so that any node with the key can check them. */
export class NonceOffice {
  readonly #clock: Clock;
  readonly #key: Buffer;
  /** Highest nonce count seen, by nonce, in order of first use. */
  readonly #counts = new Map<string, number>();
  /** Nonces issued up to here may have been forgotten, so one that is not remembered may be a replay. */
  #forgottenUpTo = 0;

  constructor(clock: Clock, key: Buffer = randomBytes(32)) {
    this.#clock = clock;
    this.#key = key;
  }

  issue(): string {
    const head = Buffer.alloc(TIME_BYTES + RANDOM_BYTES);
    head.writeUIntBE(this.#clock.now(), 0, TIME_BYTES);
    randomBytes(RANDOM_BYTES).copy(head, TIME_BYTES);
    return Buffer.concat([head, this.#sign(head)]).toString('base64url');
  }

  /** Whether we made it, and whether it is still young. */
  check(nonce: string): NonceVerdict {
    const bytes = Buffer.from(nonce, 'base64url');
    if (bytes.length !== NONCE_BYTES || nonce.length > 64) return 'forged';
    const head = bytes.subarray(0, TIME_BYTES + RANDOM_BYTES);
    if (!timingSafeEqual(this.#sign(head), bytes.subarray(head.length))) return 'forged';
    const ageMs = this.#clock.now() - issuedAt(nonce);
    return ageMs >= 0 && ageMs <= NONCE_LIFETIME_MS ? 'good' : 'stale';
  }

  /**
   * Uses a count of this nonce up, which {@link check} has found good.
   * @returns false for one that was, or may have been, used before: a replay (RFC 7616 section 3.4).
   */
  use(nonce: string, count: number): boolean {
    const last = this.#counts.get(nonce);
    if (last === undefined ? issuedAt(nonce) <= this.#forgottenUpTo : count <= last) return false;
    if (last === undefined && this.#counts.size >= MAX_REMEMBERED) this.#forgetOldest();
    this.#counts.set(nonce, count);
    return true;
  }

  #forgetOldest(): void {
    const [oldest] = this.#counts.keys();
    if (oldest === undefined) return;
    this.#counts.delete(oldest);
    this.#forgottenUpTo = Math.max(this.#forgottenUpTo, issuedAt(oldest));
  }

  #sign(head: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(head).digest().subarray(0, SIGNATURE_BYTES);
  }
}

function issuedAt(nonce: string): number {
  return Buffer.from(nonce, 'base64url').readUIntBE(0, TIME_BYTES);
}
