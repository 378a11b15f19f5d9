import type { SqliteResult } from './sqlite-connection.ts';
import type { TransactionTurns } from './transaction-turns.ts';

/** Transactions committed together: bounds how long the first of them waits for its answer. */
const MAX_GROUP = 64;
/**
 * Names of the savepoints that the running transaction of a group can go back to, in turn: where the one before could
 * not be released, going back to the next fails too, and the group is known to be lost.
 */
const SAVEPOINTS = ['odd_member', 'even_member'] as const;

type Execute = (
  sql: string,
  parameters?: readonly unknown[],
  before?: readonly string[],
) => Promise<SqliteResult>;

export interface SqliteTransaction {
  execute(sql: string, parameters: readonly unknown[]): Promise<SqliteResult>;
  /** Resolves when it is on disk, together with others; one that rejects has been undone. */
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** Transactions that share a commit. */
interface Group {
  /** Those that have done their work and wait for the commit. */
  waiting: PromiseWithResolvers<void>[];
  /** What is still to be said to the database before the next statement: each goes along with it. */
  unsaid: string[];
  /** Transactions that joined after the first. */
  joined: number;
}

/**
 * Transactions on one connection, one after the other. What waits for its turn while another works joins its commit:
 * a disk syncs a few hundred times a second, and so each sync takes along whatever came up during the one before.
 * Every transaction is answered after the sync, and one that fails undoes itself alone.
 */
export class SqliteTransactions {
  readonly #execute: Execute;
  readonly #turns: TransactionTurns;
  #group: Group | undefined;

  constructor(execute: Execute, turns: TransactionTurns) {
    this.#execute = execute;
    this.#turns = turns;
  }

  /** Waits for its turn. */
  begin(): Promise<SqliteTransaction> {
    return new Promise((resolve, reject) => {
      this.#turns.exclusive(() => {
        if (this.#group) resolve(this.#join(this.#group));
        else this.#found().then(resolve, reject);
      });
    });
  }

  /**
   * The first of a group is the whole transaction: alone, it costs nothing more. It takes the write lock at once: a
   * transaction that first reads could not get it later, and its work may rely on being alone with the database.
   */
  async #found(): Promise<SqliteTransaction> {
    try {
      await this.#execute('begin immediate');
    } catch (error) {
      this.#turns.release();
      throw error;
    }
    const group: Group = { waiting: [], unsaid: [], joined: 0 };
    this.#group = group;
    return {
      execute: (sql, parameters) => this.#say(group, sql, parameters),
      commit: () => this.#commit(group),
      rollback: () => this.#lose(new Error('the transaction was rolled back')),
    };
  }

  #join(group: Group): SqliteTransaction {
    const savepoint = SAVEPOINTS[group.joined % 2] as string;
    group.joined += 1;
    group.unsaid.push(`savepoint ${savepoint}`);
    return {
      execute: (sql, parameters) => this.#say(group, sql, parameters),
      commit: () => {
        group.unsaid.push(`release ${savepoint}`);
        return this.#commit(group);
      },
      rollback: () => this.#undo(group, savepoint),
    };
  }

  #say(group: Group, sql: string, parameters: readonly unknown[] = []): Promise<SqliteResult> {
    return this.#execute(sql, parameters, group.unsaid.splice(0));
  }

  async #commit(group: Group): Promise<void> {
    const committed = Promise.withResolvers<void>();
    group.waiting.push(committed);
    await Promise.all([this.#next(group), committed.promise]);
  }

  /** Hands the turn on: within the group where another transaction comes next, else after its commit. */
  async #next(group: Group): Promise<void> {
    if (group.waiting.length < MAX_GROUP && this.#turns.isExclusiveNext) {
      this.#turns.release();
      return;
    }
    try {
      await this.#say(group, 'commit');
      this.#end((waiting) => waiting.resolve());
    } catch (error) {
      await this.#lose(error);
    }
  }

  /** Undoes what the running transaction did and nothing of the others. */
  async #undo(group: Group, savepoint: string): Promise<void> {
    try {
      await this.#say(group, `rollback to ${savepoint}`);
    } catch (error) {
      // A full disk has undone the whole transaction by itself.
      await this.#lose(error);
      return;
    }
    group.unsaid.push(`release ${savepoint}`);
    await this.#next(group);
  }

  async #lose(error: unknown): Promise<void> {
    try {
      await this.#execute('rollback');
    } finally {
      this.#end((waiting) => waiting.reject(error));
    }
  }

  #end(answer: (waiting: PromiseWithResolvers<void>) => void): void {
    const group = this.#group;
    this.#group = undefined;
    for (const waiting of group?.waiting ?? []) answer(waiting);
    this.#turns.release();
  }
}
