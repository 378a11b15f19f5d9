/** Synthesized audio by what was asked for; the least recently used goes first when the bytes run out. */
export class AudioCache {
  readonly #entries = new Map<string, Int16Array>();
  readonly #capBytes: number;
  #bytes = 0;

  constructor(capBytes: number) {
    this.#capBytes = capBytes;
  }

  get(key: string): Int16Array | undefined {
    const samples = this.#entries.get(key);
    if (samples) {
      this.#entries.delete(key);
      this.#entries.set(key, samples);
    }
    return samples;
  }

  set(key: string, samples: Int16Array): void {
    if (samples.byteLength > this.#capBytes) return;
    this.#bytes -= this.#entries.get(key)?.byteLength ?? 0;
    this.#entries.delete(key);
    this.#entries.set(key, samples);
    this.#bytes += samples.byteLength;
    for (const [oldest, audio] of this.#entries) {
      if (this.#bytes <= this.#capBytes) break;
      this.#entries.delete(oldest);
      this.#bytes -= audio.byteLength;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }
}
