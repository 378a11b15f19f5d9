import type { SqliteResult, Statement } from './sqlite-connection.ts';
import type { TransactionTurns } from './transaction-turns.ts';

/** Transactions committed together: bounds how long the first of them waits for its answer. */
const MAX_GROUP = 64;
/**
 * Names of the savepoints that the running transaction of a group can go back to, in turn: where the one before could
 * not be released, going back to the next fails too, and the group is known to be lost.
 */
const SAVEPOINTS = ['odd_member', 'even_member'] as const;

type Execute = (statement: Statement, before?: readonly Statement[]) => Promise<SqliteResult>;

export interface SqliteTransaction {
  execute(statement: Statement): Promise<SqliteResult>;
  /** Runs with the next statement or the commit, which rejects where this one fails. */
  defer(statement: Statement): void;
  /** Resolves when it is on disk, together with others; one that rejects has been undone. */
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** Transactions that share a commit. */
interface Group {
  /** Those that have done their work and wait for the commit. */
  waiting: PromiseWithResolvers<void>[];
  /** What marks out transactions, still to be said to the database: it goes along with the next statement. */
  unsaid: Statement[];
  /** What the running transaction has deferred: it goes along after the marks. */
  deferred: Statement[];
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
    return new Promise((resolve) => {
      this.#turns.exclusive(() => resolve(this.#group ? this.#join(this.#group) : this.#found()));
    });
  }

  /**
   * The first of a group is the whole transaction: alone, it costs nothing more. It takes the write lock at once: a
   * transaction that first reads could not get it later, and its work may rely on being alone with the database.
   */
  #found(): SqliteTransaction {
    const unsaid = [{ sql: 'begin immediate' }];
    const group: Group = { waiting: [], unsaid, deferred: [], joined: 0 };
    this.#group = group;
    return {
      ...this.#statementsOf(group),
      commit: () => this.#commit(group, undefined),
      rollback: () => this.#lose(new Error('the transaction was rolled back')),
    };
  }

  #join(group: Group): SqliteTransaction {
    const savepoint = SAVEPOINTS[group.joined % 2] as string;
    group.joined += 1;
    group.unsaid.push({ sql: `savepoint ${savepoint}` });
    return {
      ...this.#statementsOf(group),
      commit: () => this.#commit(group, savepoint),
      rollback: () => this.#undo(group, savepoint),
    };
  }

  #statementsOf(group: Group): Pick<SqliteTransaction, 'execute' | 'defer'> {
    return {
      execute: (statement) => this.#say(group, statement),
      defer: (statement) => void group.deferred.push(statement),
    };
  }

  #say(group: Group, statement: Statement): Promise<SqliteResult> {
    return this.#execute(statement, [...group.unsaid.splice(0), ...group.deferred.splice(0)]);
  }

  /** @param savepoint unset for the first of the group. */
  async #commit(group: Group, savepoint: string | undefined): Promise<void> {
    try {
      await this.#sayDeferred(group);
    } catch (error) {
      await (savepoint === undefined ? this.#lose(error) : this.#undo(group, savepoint));
      throw error;
    }
    if (savepoint !== undefined) group.unsaid.push({ sql: `release ${savepoint}` });
    const committed = Promise.withResolvers<void>();
    group.waiting.push(committed);
    await Promise.all([this.#next(group), committed.promise]);
  }

  /** Said before others follow, what fails is this transaction's failure and of nobody else. Alone, it goes with the commit. */
  async #sayDeferred(group: Group): Promise<void> {
    const isAlone = group.joined === 0 && !this.#turns.isExclusiveNext;
    const last = isAlone ? undefined : group.deferred.pop();
    if (last) await this.#say(group, last);
  }

  /** Hands the turn on: within the group where another transaction comes next, else after its commit. */
  async #next(group: Group): Promise<void> {
    if (group.waiting.length < MAX_GROUP && this.#turns.isExclusiveNext) {
      this.#turns.release();
      return;
    }
    try {
      await this.#say(group, { sql: 'commit' });
      this.#end((waiting) => waiting.resolve());
    } catch (error) {
      await this.#lose(error);
    }
  }

  /** Undoes what the running transaction did and nothing of the others. */
  async #undo(group: Group, savepoint: string): Promise<void> {
    group.deferred.length = 0;
    try {
      await this.#say(group, { sql: `rollback to ${savepoint}` });
    } catch (error) {
      // A full disk has undone the whole transaction by itself.
      await this.#lose(error);
      return;
    }
    group.unsaid.push({ sql: `release ${savepoint}` });
    await this.#next(group);
  }

  async #lose(error: unknown): Promise<void> {
    try {
      await this.#execute({ sql: 'rollback' });
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
