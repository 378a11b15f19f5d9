/** Keys that may come at once: more than any menu asks for, sent by a machine that dials through it. */
const BURST_KEYS = 32;
/** Keys a second ever after, above what a machine dials: with its pause a key takes 80 ms at least (ITU-T Q.24). */
const KEYS_PER_SECOND = 20;

/**
 * A token bucket over the keys of one line. Each packet of a telephone-event may be a key of its own, and each key costs
 * the exchange a message, an entry in the record and time on the lines that it is passed on to.
 */
export class KeyLimiter {
  #tokens = BURST_KEYS;
  #filledAtMs = 0;

  /** @returns whether the key may pass. */
  admits(nowMs: number): boolean {
    const gained = ((nowMs - this.#filledAtMs) * KEYS_PER_SECOND) / 1000;
    this.#tokens = Math.min(BURST_KEYS, this.#tokens + gained);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
