/** A typed list of listeners for one kind of event. `on` returns the function that removes the listener. */
export class Emitter<T> {
  /** Made anew with each change, so that who comes or goes while one is told does not disturb the round. */
  #listeners: readonly ((value: T) => void)[] = [];

  on(listener: (value: T) => void): () => void {
    if (!this.#listeners.includes(listener)) this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  emit(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }

  get size(): number {
    return this.#listeners.length;
  }
}
