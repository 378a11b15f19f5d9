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
import { type SqliteTransaction, SqliteTransactions } from './sqlite-transactions.ts';
import { TransactionTurns } from './transaction-turns.ts';

/** One borrower of the single connection: a query, or a transaction with all its queries. */
class Borrower implements DatabaseConnection {
  readonly #connection: SqliteConnection;
  readonly #turns: TransactionTurns;
  readonly #transactions: SqliteTransactions;
  #transaction: SqliteTransaction | undefined;

  constructor(connection: SqliteConnection, turns: TransactionTurns, transactions: SqliteTransactions) {
    this.#connection = connection;
    this.#turns = turns;
    this.#transactions = transactions;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } = await (this.#transaction
      ? this.#transaction.execute(sql, parameters)
      : new Promise<Awaited<ReturnType<SqliteConnection['execute']>>>((resolve) => {
          this.#turns.single(() => resolve(this.#connection.execute(sql, parameters)));
        }));
    return { rows: rows as R[], numAffectedRows: BigInt(changes) };
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
  readonly #connection: SqliteConnection;
  readonly #turns = new TransactionTurns();
  readonly #transactions: SqliteTransactions;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
    this.#transactions = new SqliteTransactions(
      (sql, parameters, before) => connection.execute(sql, parameters, before),
      this.#turns,
    );
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Borrower> {
    return new Borrower(this.#connection, this.#turns, this.#transactions);
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
