/** Width of a bucket, and with it the precision of the answer. */
const BUCKET_MS = 0.25;
/** The last bucket holds all that is later than 64 ms. */
const BUCKETS = 256;

/** A histogram of how late sends were. */
export class Lateness {
  readonly #buckets = new Uint32Array(BUCKETS);
  #count = 0;

  record(lateMs: number): void {
    const bucket = Math.min(BUCKETS - 1, Math.floor(lateMs / BUCKET_MS));
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1;
    this.#count += 1;
  }

  /** Upper edge of the bucket that holds the given share (0 to 1) of the sends; 0 when there were none. */
  percentileMs(share: number): number {
    if (this.#count === 0) return 0;
    let rest = Math.ceil(this.#count * share);
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      rest -= this.#buckets[bucket] as number;
      if (rest <= 0) return (bucket + 1) * BUCKET_MS;
    }
    return BUCKETS * BUCKET_MS;
  }
}
