import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteConnection, SqliteResult } from './sqlite-connection.ts';
import { type SqliteTransaction, SqliteTransactions } from './sqlite-transactions.ts';
import { TransactionTurns } from './transaction-turns.ts';

const NO_RESULT: SqliteResult = { rows: [], changes: 0 };

/**
 * A statement whose result nobody needs: within a transaction it goes along with the next statement or the commit, and
 * where it fails, that one rejects.
 */
export class DeferredQuery implements CompiledQuery {
  readonly query: CompiledQuery['query'];
  readonly queryId: CompiledQuery['queryId'];
  readonly sql: string;
  readonly parameters: readonly unknown[];

  constructor({ query, queryId, sql, parameters }: CompiledQuery) {
    this.query = query;
    this.queryId = queryId;
    this.sql = sql;
    this.parameters = parameters;
  }
}

/** The connections of one database. */
export interface SqliteConnections {
  readonly writer: SqliteConnection;
  /** Serves reads outside transactions, so that none of them waits for a sync; unset: the writer does. */
  readonly reader?: SqliteConnection | undefined;
}

/** One borrower of the connections: a query, or a transaction with all its queries. */
class Borrower implements DatabaseConnection {
  readonly #connections: SqliteConnections;
  readonly #turns: TransactionTurns;
  readonly #transactions: SqliteTransactions;
  #transaction: SqliteTransaction | undefined;

  constructor(connections: SqliteConnections, turns: TransactionTurns, transactions: SqliteTransactions) {
    this.#connections = connections;
    this.#turns = turns;
    this.#transactions = transactions;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } = await this.#result(query);
    return { rows: rows as R[], numAffectedRows: BigInt(changes) };
  }

  async #result(compiled: CompiledQuery): Promise<SqliteResult> {
    const { sql, parameters, query } = compiled;
    const { writer, reader } = this.#connections;
    if (this.#transaction && compiled instanceof DeferredQuery) {
      this.#transaction.defer({ sql, parameters });
      return NO_RESULT;
    }
    if (this.#transaction) return this.#transaction.execute({ sql, parameters });
    // What was answered as written is in the log, and a statement of the reader begins by looking there.
    if (reader && query.kind === 'SelectQueryNode') return reader.execute({ sql, parameters });
    return new Promise((resolve) => {
      this.#turns.single(() => resolve(writer.execute({ sql, parameters })));
    });
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator; no caller streams.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('rows are not streamed from SQLite');
  }

  async begin(): Promise<void> {
    this.#transaction = await this.#transactions.begin();
  }

  async commit(): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    await transaction?.commit();
  }

  /** Kysely also asks for it after a commit that failed, which has undone the transaction by itself. */
  async rollback(): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    await transaction?.rollback();
  }
}

class SqliteDriver implements Driver {
  readonly #connections: SqliteConnections;
  readonly #turns = new TransactionTurns();
  readonly #transactions: SqliteTransactions;

  constructor(connections: SqliteConnections) {
    this.#connections = connections;
    const { writer } = connections;
    this.#transactions = new SqliteTransactions(
      (statement, before) => writer.execute(statement, before),
      this.#turns,
    );
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Borrower> {
    return new Borrower(this.#connections, this.#turns, this.#transactions);
  }

  async beginTransaction(borrower: Borrower): Promise<void> {
    await borrower.begin();
  }

  async commitTransaction(borrower: Borrower): Promise<void> {
    await borrower.commit();
  }

  async rollbackTransaction(borrower: Borrower): Promise<void> {
    await borrower.rollback();
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    await this.#connections.reader?.close();
    await this.#connections.writer.close();
  }
}

/** Kysely over SQLite connections in other threads. */
export class SqliteDialect implements Dialect {
  readonly #connections: SqliteConnections;

  constructor(connections: SqliteConnections) {
    this.#connections = connections;
  }

  createDriver(): Driver {
    return new SqliteDriver(this.#connections);
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): SqliteAdapter {
    return new SqliteAdapter();
  }

  createIntrospector(...[db]: Parameters<Dialect['createIntrospector']>): SqliteIntrospector {
    return new SqliteIntrospector(db);
  }
}
