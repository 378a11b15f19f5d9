/** A map with a bound: what was set longest ago gives way. Reading makes nothing younger. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #maxSize: number;

  /** @param maxSize at least 1 */
  constructor(maxSize: number) {
    super();
    this.#maxSize = maxSize;
  }

  /** The newest from now on, also where the key has been there before. */
  override set(key: K, value: V): this {
    this.delete(key);
    if (this.size >= this.#maxSize) {
      const oldest = this.keys().next();
      if (!oldest.done) this.delete(oldest.value);
    }
    return super.set(key, value);
  }
}
