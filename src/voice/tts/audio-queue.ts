/** Audio between a vendor's socket and its reader. Ends or fails once; what came before is still read. */
export class AudioQueue implements AsyncIterable<Int16Array> {
  readonly #chunks: Int16Array[] = [];
  readonly #capSamples: number;
  #samples = 0;
  #end: { error: Error | undefined } | undefined;
  #wake: () => void = () => undefined;

  /** @param capSamples most that may wait for the reader. */
  constructor(capSamples: number) {
    this.#capSamples = capSamples;
  }

  /** @returns false when the cap is reached: the piece was not taken. */
  push(chunk: Int16Array): boolean {
    if (this.#samples + chunk.length > this.#capSamples) return false;
    if (this.#end || chunk.length === 0) return true;
    this.#chunks.push(chunk);
    this.#samples += chunk.length;
    this.#wake();
    return true;
  }

  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Int16Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#samples -= chunk.length;
        yield chunk;
      } else if (this.#end) {
        if (this.#end.error) throw this.#end.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
