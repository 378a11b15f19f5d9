import { Kysely, sql } from 'kysely';
import type { Schema } from '../schema.ts';
import { StorageOpenError } from '../storage-open-error.ts';
import type { Engine } from './engine.ts';
import { EngineError } from './engine-error.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { DeferredQuery, type SqliteConnections, SqliteDialect } from './sqlite-dialect.ts';
import { sqliteDueHeads } from './sqlite-due-heads.ts';
import { sqliteKnowledge } from './sqlite-knowledge.ts';

export const IN_MEMORY = ':memory:';

/** Milliseconds a statement waits while another process (the command line beside the server) writes. */
const BUSY_TIMEOUT_MS = 5_000;
/** Below this many characters a trigram index knows nothing. */
const TRIGRAM_LENGTH = 3;
/** Characters of the needle looked up in the index; the rest is compared in the rows it finds. */
const INDEXED_NEEDLE_LENGTH = 32;

// The index holds no copy of the text and follows the table by triggers, within the same transaction.
const NUMBER_SEARCH = [
  `create virtual table if not exists number_search using fts5(
     search_text, content='', contentless_delete=1, tokenize='trigram case_sensitive 1')`,
  `create trigger if not exists number_search_insert after insert on numbers begin
     insert into number_search(rowid, search_text) values (new.serial, new.search_text);
   end`,
  `create trigger if not exists number_search_update after update of search_text on numbers
   when old.search_text is not new.search_text begin
     update number_search set search_text = new.search_text where rowid = old.serial;
   end`,
  `create trigger if not exists number_search_delete after delete on numbers begin
     delete from number_search where rowid = old.serial;
   end`,
];

function openingError(path: string, error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const reason = error.message.replaceAll('\n', ' ');
  if (error.failure === 'busy')
    return new StorageOpenError('database-locked', `The database ${path} is locked by another process.`, {
      cause: error,
    });
  if (error.failure === 'corrupt')
    return new StorageOpenError(
      'database-corrupt',
      `The file ${path} is damaged or no database: ${reason}.`,
      {
        cause: error,
      },
    );
  return new StorageOpenError('database-failed', `The database ${path} cannot be opened: ${reason}.`, {
    cause: error,
  });
}

function kyselyOver(connections: SqliteConnections): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new SqliteDialect(connections) });
}

function numberMatches(needle: string) {
  const characters = [...needle];
  const contains = sql<boolean>`instr(numbers.search_text, ${needle}) > 0`;
  if (characters.length < TRIGRAM_LENGTH) return contains;
  const phrase = `"${characters.slice(0, INDEXED_NEEDLE_LENGTH).join('').replaceAll('"', '""')}"`;
  return sql<boolean>`numbers.serial in (select rowid from number_search where number_search match ${phrase})
    and ${contains}`;
}

/**
 * SQLite in threads of this process, one per connection: one writes, one reads what calls ask for, one runs lists and
 * searches. In write-ahead mode none of them waits for another. A database in memory has a single connection.
 * @param path file of the database, made where it is missing; `:memory:` for one that ends with the process.
 * @param busyTimeoutMs how long a statement waits for another process's lock.
 * @throws {StorageOpenError}
 */
export async function openSqlite(path: string, busyTimeoutMs = BUSY_TIMEOUT_MS): Promise<Engine> {
  const opened: SqliteConnection[] = [];
  const open = async (queryOnly: boolean): Promise<SqliteConnection> => {
    const connection = await SqliteConnection.open({ path, queryOnly, busyTimeoutMs });
    opened.push(connection);
    return connection;
  };
  // The writer last: whoever closes last moves the write-ahead log into the file.
  const close = async () => {
    for (const connection of [...opened].reverse()) await connection.close();
  };
  try {
    const inMemory = path === IN_MEMORY;
    const writer = await open(false);
    const main = kyselyOver({ writer, reader: inMemory ? undefined : await open(true) });
    const scans = inMemory ? main : kyselyOver({ writer: await open(true) });
    return {
      name: 'sqlite',
      main,
      scans,
      serialType: 'integer',
      rowLocks: false,
      async defer(tx, query) {
        await tx.executeQuery(new DeferredQuery(query));
      },
      async lockSchema() {
        // Every transaction begins with the write lock of the whole database.
      },
      otherSessions: async () => 0,
      async ensureNumberSearch(tx) {
        for (const statement of NUMBER_SEARCH) await sql.raw(statement).execute(tx);
      },
      numberMatches,
      knowledge: sqliteKnowledge,
      dueHeads: sqliteDueHeads,
      close,
    };
  } catch (error) {
    await close();
    throw openingError(path, error);
  }
}
