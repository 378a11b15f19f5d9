import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../lib/logger.ts';
import type { Search } from './pocketsphinx-process.ts';

/** A grammar's search while somebody uses it. */
export interface GrammarLease {
  search: Search;
  /** To be called once, when no decoder will be started for it any more. */
  release(): void;
}

interface GrammarFile {
  path: string;
  written: Promise<void>;
  users: number;
}

/**
 * The grammars of the streams that are open, as files that decoders read when they start. Each is written once for all who
 * use it at a time, and removed with the last of them. A later writing has another name: a decoder that still reads the
 * file of before finds that one or none, never half of one.
 */
export class GrammarFiles {
  readonly #directory: string;
  readonly #logger: Logger;
  readonly #files = new Map<string, GrammarFile>();
  #writings = 0;

  constructor(directory: string, logger: Logger) {
    this.#directory = directory;
    this.#logger = logger;
  }

  /** @throws the file system's error when it cannot be written. */
  async lease(grammar: string): Promise<GrammarLease> {
    const key = createHash('sha256').update(grammar).digest('hex');
    const file = this.#files.get(key) ?? this.#write(key, grammar);
    file.users += 1;
    try {
      await file.written;
    } catch (error) {
      this.#leave(key, file);
      throw error;
    }
    return { search: { key, grammarFile: file.path }, release: () => this.#leave(key, file) };
  }

  #write(key: string, grammar: string): GrammarFile {
    this.#writings += 1;
    const path = join(this.#directory, `${key}-${this.#writings}.jsgf`);
    const file = { path, written: writeFile(path, grammar, { mode: 0o600 }), users: 0 };
    this.#files.set(key, file);
    return file;
  }

  #leave(key: string, file: GrammarFile): void {
    file.users -= 1;
    if (file.users > 0) return;
    this.#files.delete(key);
    // The directory may be gone already, with all that was in it.
    rm(file.path, { force: true }).catch((error: Error) =>
      this.#logger.warn({ error: error.message }, 'a grammar stays in the memory directory'),
    );
  }
}
