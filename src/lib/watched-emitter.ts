import { Emitter } from './emitter.ts';

/** An emitter whose owner does the work behind it only while somebody listens. */
export class WatchedEmitter<T> extends Emitter<T> {
  readonly #watch: (isListenedTo: boolean) => void;

  /** @param watch told when the first listener comes and when the last has left. */
  constructor(watch: (isListenedTo: boolean) => void) {
    super();
    this.#watch = watch;
  }

  override on(listener: (value: T) => void): () => void {
    const before = this.size;
    const remove = super.on(listener);
    if (before === 0) this.#watch(true);
    return () => {
      const left = this.size;
      remove();
      if (left === 1 && this.size === 0) this.#watch(false);
    };
  }
}
