import { Emitter } from '../../lib/emitter.ts';
import type { Logger } from '../../lib/logger.ts';
import type { TranscriberStream, Transcript } from './contract.ts';
import { type DecoderPool, TranscriberOverloaded } from './decoder-pool.ts';
import type { GrammarLease } from './grammar-files.ts';
import { chooseText, judgePhrase } from './grammar-verdict.ts';
import type { Hypothesis } from './hypothesis.ts';
import type { Search } from './pocketsphinx-process.ts';
import { MIN_SEGMENT_SAMPLES, SegmentCollector } from './segment-collector.ts';
import { upsampleWithImage } from './spectral-image-upsampler.ts';

const OPEN: Search = { key: 'open' };

export interface PocketsphinxStreamParts {
  pool: DecoderPool;
  /** Set: phrases are tried first. Released when the stream closes. */
  grammar: GrammarLease | undefined;
  logger: Logger;
  signal: AbortSignal;
}

/** The offline ears of one call. Segments are decoded at once, their texts given in order. */
export class PocketsphinxStream implements TranscriberStream {
  readonly transcripts = new Emitter<Transcript>();
  readonly failed = new Emitter<Error>();
  readonly #parts: PocketsphinxStreamParts;
  readonly #collector = new SegmentCollector();
  readonly #abort = new AbortController();
  readonly #onAbort = () => this.close();
  #last: Promise<void> = Promise.resolve();

  constructor(parts: PocketsphinxStreamParts) {
    this.#parts = parts;
    parts.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (parts.signal.aborted) this.close();
  }

  write(frame: Int16Array): void {
    const piece = this.#collector.write(frame);
    if (piece) this.#transcribe(piece);
  }

  speechStarted(): void {
    this.#collector.start();
  }

  speechEnded(): void {
    this.#transcribe(this.#collector.end());
  }

  close(): void {
    if (this.#abort.signal.aborted) return;
    this.#parts.signal.removeEventListener('abort', this.#onAbort);
    this.#abort.abort();
    this.#parts.grammar?.release();
  }

  #transcribe(segment: Int16Array): void {
    const before = this.#last;
    const heard = segment.length < MIN_SEGMENT_SAMPLES ? Promise.resolve('') : this.#hear(segment);
    // Its failure is told when its turn comes.
    heard.catch(() => undefined);
    this.#last = before.then(() => this.#tell(heard));
  }

  async #tell(heard: Promise<string>): Promise<void> {
    let text = '';
    let failure: Error | undefined;
    try {
      text = await heard;
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    if (this.#abort.signal.aborted) return;
    if (failure)
      this.#parts.logger.warn({ error: failure.message }, 'a segment of speech was not transcribed');
    this.transcripts.emit({ text, isFinal: true, endOfTurn: false });
    if (failure && !(failure instanceof TranscriberOverloaded)) this.failed.emit(failure);
  }

  /**
   * A phrase that fits is final at once; only for other speech the language model is asked, which takes ten times the
   * work. An idle exchange could run both beside each other and gain 50 ms; a full one would hear nothing.
   */
  async #hear(segment: Int16Array): Promise<string> {
    const { grammar } = this.#parts;
    const samples = upsampleWithImage(segment);
    if (!grammar) return (await this.#decodeOpen(samples)).text;
    const phrase = await this.#decodePhrase(grammar.search, samples);
    if (!phrase) return (await this.#decodeOpen(samples)).text;
    const verdict = judgePhrase(phrase);
    if (verdict === 'sure') return phrase.text;
    return chooseText(verdict, phrase.text, (await this.#decodeOpen(samples)).text);
  }

  /** A decoder that died with another's segment, or of it, is replaced once. */
  async #decodeOpen(samples: Int16Array<ArrayBuffer>): Promise<Hypothesis> {
    const { pool } = this.#parts;
    const { signal } = this.#abort;
    try {
      return await pool.decode(OPEN, samples, signal);
    } catch (error) {
      if (error instanceof TranscriberOverloaded || signal.aborted) throw error;
      return pool.decode(OPEN, samples, signal);
    }
  }

  /** @returns undefined when the grammar's decoder fails: open vocabulary stands in. */
  async #decodePhrase(grammar: Search, samples: Int16Array<ArrayBuffer>): Promise<Hypothesis | undefined> {
    const { pool, logger } = this.#parts;
    try {
      return await pool.decode(grammar, samples, this.#abort.signal);
    } catch (error) {
      if (error instanceof TranscriberOverloaded || this.#abort.signal.aborted) throw error;
      const message = error instanceof Error ? error.message : String(error);
      logger.warn({ error: message }, 'the phrase grammar failed; open vocabulary stands in');
      return undefined;
    }
  }
}
