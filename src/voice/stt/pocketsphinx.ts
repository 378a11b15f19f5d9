import { rmSync } from 'node:fs';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Transcriber } from './contract.ts';
import { DecoderPool } from './decoder-pool.ts';
import { GrammarFiles, type GrammarLease } from './grammar-files.ts';
import { knownWords, pronounceable } from './grammar-words.ts';
import { makeHearingDirectory } from './hearing-directory.ts';
import { pocketsphinxAvailable } from './pocketsphinx-available.ts';
import { PocketsphinxProcess, type Search } from './pocketsphinx-process.ts';
import { PocketsphinxStream } from './pocketsphinx-stream.ts';

export { pocketsphinxAvailable } from './pocketsphinx-available.ts';

/** Decoders at once. One with the language model takes 110 MB, one with a grammar 40 MB. */
const DEFAULT_MAX_PROCESSES = 4;
/** A grammar larger than this is no list of phrases. */
const MAX_GRAMMAR_CHARS = 262_144;

export interface PocketsphinxOptions {
  logger: Logger;
  maxProcesses?: number;
  clock?: Clock;
}

export interface PocketsphinxTranscriber extends Transcriber {
  /** Loads a decoder for open vocabulary, so that the first caller need not wait 1 to 2 s for it. */
  warm(): Promise<void>;
  /** Ends every decoder. */
  close(): Promise<void>;
}

/** What the streams share: decoders, and the directory through which they get audio and grammars. */
class Hearing {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #maxProcesses: number;
  #ready: Promise<{ pool: DecoderPool; grammars: GrammarFiles }> | undefined;
  #directory: string | undefined;
  #closed = false;
  readonly #removeDirectory = () => {
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
  };

  constructor({ logger, clock = systemClock, maxProcesses = DEFAULT_MAX_PROCESSES }: PocketsphinxOptions) {
    this.#logger = logger;
    this.#clock = clock;
    this.#maxProcesses = maxProcesses;
  }

  /** @throws when a program or the model is missing, saying which package holds it. */
  async pool(): Promise<DecoderPool> {
    if (this.#closed) throw new Error('the offline transcriber is closed');
    this.#ready ??= this.#prepare().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return (await this.#ready).pool;
  }

  /** @returns the search of the grammar's phrases; undefined when the decoder can pronounce none of them. */
  async leaseGrammar(grammar: string): Promise<GrammarLease | undefined> {
    if (grammar.length > MAX_GRAMMAR_CHARS) {
      this.#logger.warn({ chars: grammar.length }, 'the grammar is too large; open vocabulary stands in');
      return undefined;
    }
    const usable = pronounceable(grammar, await knownWords());
    if (usable === undefined) return undefined;
    return (await this.#ready)?.grammars.lease(usable);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const ready = await this.#ready?.catch(() => undefined);
    ready?.pool.close();
    process.off('exit', this.#removeDirectory);
    this.#removeDirectory();
  }

  async #prepare(): Promise<{ pool: DecoderPool; grammars: GrammarFiles }> {
    const available = await pocketsphinxAvailable();
    if (!available.ok) {
      throw new Error(`the offline transcriber cannot hear: missing ${available.missing.join(', ')}`);
    }
    const directory = await makeHearingDirectory();
    this.#directory = directory;
    process.on('exit', this.#removeDirectory);
    const clock = this.#clock;
    const start = (search: Search) => new PocketsphinxProcess(search, directory, clock);
    const pool = new DecoderPool({ maxProcesses: this.#maxProcesses, start, clock, logger: this.#logger });
    return { pool, grammars: new GrammarFiles(directory, this.#logger) };
  }
}

/**
 * The ears that need no network and no key: pocketsphinx as pooled child processes, one segment after the other.
 * English only. With a grammar, a phrase of it counts only if it fits the sound; else open vocabulary is heard.
 */
export function createPocketsphinxTranscriber(options: PocketsphinxOptions): PocketsphinxTranscriber {
  const hearing = new Hearing(options);
  const { logger } = options;
  return {
    name: 'offline',

    async open({ grammar, language, signal }) {
      const pool = await hearing.pool();
      if (!/^(en|multi)/i.test(language)) {
        logger.warn({ language }, 'the offline transcriber hears English only');
      }
      const lease = grammar === undefined ? undefined : await hearing.leaseGrammar(grammar);
      if (lease) pool.warm(lease.search);
      pool.warm({ key: 'open' });
      return new PocketsphinxStream({ pool, grammar: lease, logger, signal });
    },

    async warm() {
      const pool = await hearing.pool();
      const silence = new Int16Array(16_000);
      await pool.decode({ key: 'open' }, silence, new AbortController().signal);
      await knownWords();
    },

    close: () => hearing.close(),
  };
}
