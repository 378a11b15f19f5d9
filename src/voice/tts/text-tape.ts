/** Text that is read once from its source and may be read again from any place: whoever takes over misses nothing. */
export class TextTape {
  readonly #source: AsyncIterator<string>;
  #text = '';
  #ended = false;
  #failure: { error: unknown } | undefined;
  #pull: Promise<void> | undefined;

  constructor(source: AsyncIterable<string>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** All text that came so far. */
  get text(): string {
    return this.#text;
  }

  async *from(offset: number): AsyncGenerator<string> {
    let at = offset;
    for (;;) {
      if (at < this.#text.length) {
        const piece = this.#text.slice(at);
        at = this.#text.length;
        yield piece;
      } else if (this.#failure) throw this.#failure.error;
      else if (this.#ended) return;
      else await this.#more();
    }
  }

  /** Nobody will read on: the source may let go of what it holds. */
  close(): void {
    if (!this.#ended) this.#source.return?.().catch(() => undefined);
  }

  /** Two readers that wait get the same piece. */
  #more(): Promise<void> {
    this.#pull ??= this.#source
      .next()
      .then(
        (next) => {
          if (next.done) this.#ended = true;
          else this.#text += next.value;
        },
        (error: unknown) => {
          this.#failure = { error };
        },
      )
      .finally(() => {
        this.#pull = undefined;
      });
    return this.#pull;
  }
}
