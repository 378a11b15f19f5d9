import type { CompiledQuery, Expression, Kysely, SqlBool, Transaction } from 'kysely';
import type { Schema } from '../schema.ts';
import type { DueHeads } from './due-heads.ts';
import type { KnowledgeSearch } from './knowledge-search.ts';

/** All in which the two databases differ. */
export interface Engine {
  readonly name: 'sqlite' | 'postgres';
  /** Reads by key, which wait for no write, and all writes. A read sees every write that has resolved before. */
  readonly main: Kysely<Schema>;
  /** Lists and searches, kept apart so that none of them delays a call. Sees every commit made before. */
  readonly scans: Kysely<Schema>;
  /** Column type of a whole number that the database counts up by itself. */
  readonly serialType: 'integer' | 'bigserial';
  /** Whether a row must be locked by name within a transaction; SQLite's transactions exclude each other. */
  readonly rowLocks: boolean;
  /**
   * Runs a statement of a transaction whose result nobody needs. Where a statement costs a message to another thread it
   * goes along with the next one, which then rejects where this one fails; so does the commit.
   */
  defer(tx: Kysely<Schema>, query: CompiledQuery): Promise<void>;
  /** Holds other processes that start on the same database off until the transaction ends. */
  lockSchema(tx: Transaction<Schema>): Promise<void>;
  /** Processes of ours that are connected to a database server; a file has none that could be counted. */
  otherSessions(tx: Transaction<Schema>): Promise<number>;
  /** Makes the search index over `numbers.search_text` where it is missing and possible. */
  ensureNumberSearch(tx: Transaction<Schema>): Promise<void>;
  /** True for rows of `numbers` whose search text contains `needle`, taken literally. */
  numberMatches(needle: string): Expression<SqlBool>;
  readonly knowledge: KnowledgeSearch;
  /** The deliveries that may be claimed now. Where processes share the database, it locks what it finds. */
  readonly dueHeads: DueHeads;
  close(): Promise<void>;
}
