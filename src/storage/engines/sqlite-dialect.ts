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
import type { SqliteConnection } from './sqlite-connection.ts';
import { TransactionTurns } from './transaction-turns.ts';

/** One borrower of the single connection: a query, or a transaction with all its queries. */
class Borrower implements DatabaseConnection {
  readonly #connection: SqliteConnection;
  readonly #turns: TransactionTurns;
  #inTransaction = false;

  constructor(connection: SqliteConnection, turns: TransactionTurns) {
    this.#connection = connection;
    this.#turns = turns;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } = await (this.#inTransaction
      ? this.#connection.execute(sql, parameters)
      : new Promise<Awaited<ReturnType<SqliteConnection['execute']>>>((resolve) => {
          this.#turns.single(() => resolve(this.#connection.execute(sql, parameters)));
        }));
    return { rows: rows as R[], numAffectedRows: BigInt(changes) };
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator; no caller streams.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('rows are not streamed from SQLite');
  }

  /** Takes the write lock at the start: a transaction that first reads could not get it later without starting again. */
  async begin(): Promise<void> {
    await new Promise<unknown>((resolve, reject) => {
      this.#turns.exclusive(() => {
        this.#inTransaction = true;
        this.#connection.execute('begin immediate', []).then(resolve, (error: unknown) => {
          this.#leave();
          reject(error);
        });
      });
    });
  }

  /** A commit that fails leaves the transaction to {@link rollback}. */
  async commit(): Promise<void> {
    await this.#connection.execute('commit', []);
    this.#leave();
  }

  async rollback(): Promise<void> {
    try {
      await this.#connection.execute('rollback', []);
    } finally {
      this.#leave();
    }
  }

  #leave(): void {
    this.#inTransaction = false;
    this.#turns.release();
  }
}

class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection;
  readonly #turns = new TransactionTurns();

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Borrower> {
    return new Borrower(this.#connection, this.#turns);
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
    await this.#connection.close();
  }
}

/** Kysely over a SQLite connection in another thread. */
export class SqliteDialect implements Dialect {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  createDriver(): Driver {
    return new SqliteDriver(this.#connection);
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
