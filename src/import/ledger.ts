import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ImportError } from './import-error.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

/** What an earlier import made of one object. */
export interface LedgerEntry {
  /** Its id in this exchange. */
  id: string;
  /** The digest of each key as it was written last. */
  wrote: Readonly<Record<string, string>>;
  /** The digest of each of these keys as it was shown then: a server may word a value in its own way. */
  shown: Readonly<Record<string, string>>;
  /** The person said that it stands for the one there: it is theirs, and nothing is changed in it. */
  isGiven?: boolean;
}

const VERSION = 1;

/**
 * What was brought over already: which object here is which one there. A file, since the exchange's APIs have no
 * place for it and the objects themselves are the customer's. Losing it costs only the knowledge of which objects
 * that were changed since are the same.
 */
export class Ledger {
  readonly #file: string;
  readonly #entries: Map<string, LedgerEntry>;

  private constructor(file: string, entries: Map<string, LedgerEntry>) {
    this.#file = file;
    this.#entries = entries;
  }

  /** @throws {ImportError} when the file is there and is no ledger. */
  static async open(file: string): Promise<Ledger> {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return new Ledger(file, new Map());
    }
    const refused = (cause?: unknown) =>
      new ImportError(`${file} is no import ledger of this version: move it away to begin anew`, { cause });
    let content: Json;
    try {
      content = JSON.parse(text) as Json;
    } catch (error) {
      throw refused(error);
    }
    if (!isObject(content) || content.version !== VERSION || !isObject(content.entries)) throw refused();
    const entries = Object.entries(content.entries).map(([key, entry]): [string, LedgerEntry] => {
      if (!isEntry(entry)) throw refused();
      return [key, entry];
    });
    return new Ledger(file, new Map(entries));
  }

  /** @param key says org, dialect, kind and the id at the source. */
  find(key: string): LedgerEntry | undefined {
    return this.#entries.get(key);
  }

  /** Of all objects here that are known as another one's twin. */
  ids(): Set<string> {
    return new Set([...this.#entries.values()].map(({ id }) => id));
  }

  /** Stored before it returns: an import that is killed goes on where it was. */
  async record(key: string, entry: LedgerEntry): Promise<void> {
    this.#entries.set(key, entry);
    const content = { version: VERSION, entries: Object.fromEntries(this.#entries) };
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    const next = `${this.#file}.new`;
    await writeFile(next, `${JSON.stringify(content, undefined, 1)}\n`, { mode: 0o600 });
    await rename(next, this.#file);
  }
}

function isEntry(value: Json): value is JsonObject & LedgerEntry {
  if (!isObject(value) || typeof value.id !== 'string') return false;
  const isFlag = value.isGiven === undefined || typeof value.isGiven === 'boolean';
  return isFlag && isDigests(value.wrote) && isDigests(value.shown);
}

function isDigests(value: Json | undefined): boolean {
  return isObject(value) && Object.values(value).every((digest) => typeof digest === 'string');
}
