export interface SynthesisOptions {
  voiceId?: string;
  model?: string;
  language: string;
  /** 1 is the voice's own pace. */
  speed: number;
  settings: Record<string, unknown>;
  signal: AbortSignal;
}

/** A mouth. */
export interface Synthesizer {
  readonly name: string;
  /**
   * Speaks text as it comes, sentence by sentence or better.
   * @param text pieces of text in order, as the brain produces them.
   * @returns 8 kHz mono audio in pieces of any length; ends when all was spoken or the signal aborts.
   * @throws when the vendor fails; audio yielded before stays valid.
   */
  speak(text: AsyncIterable<string>, options: SynthesisOptions): AsyncIterable<Int16Array>;
}
