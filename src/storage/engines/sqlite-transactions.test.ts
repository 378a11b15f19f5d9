import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Statement } from './sqlite-connection.ts';
import { SqliteTransactions } from './sqlite-transactions.ts';
import { TransactionTurns } from './transaction-turns.ts';

/** A connection that notes what it is told; a statement that a test refuses rejects once. */
function recorded() {
  const said: string[] = [];
  const refused = new Set<string>();
  const turns = new TransactionTurns();
  const execute = async (asked: Statement, before: readonly Statement[] = []) => {
    for (const { sql: statement } of [...before, asked]) {
      said.push(statement);
      if (refused.delete(statement)) throw new Error(`no ${statement}`);
    }
    return { rows: [], changes: 0 };
  };
  const transactions = new SqliteTransactions(execute, turns);
  /** A whole transaction as Kysely runs it. */
  const run = async (name: string, work: () => Promise<void> = async () => {}) => {
    const transaction = await transactions.begin();
    try {
      await transaction.execute({ sql: name });
      await work();
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
    await transaction.commit();
  };
  return { said, refused, turns, transactions, run };
}

const states = (results: PromiseSettledResult<unknown>[]) => results.map(({ status }) => status);

test('a lone transaction begins and commits', async () => {
  const { said, run } = recorded();
  await run('a');
  await run('b');
  assert.deepEqual(said, ['begin immediate', 'a', 'commit', 'begin immediate', 'b', 'commit']);
});

test('what waits for its turn joins the commit, and none is answered before it', async () => {
  const { said, run } = recorded();
  const answered: string[] = [];
  const three = ['a', 'b', 'c'].map((name) => run(name).then(() => answered.push(`${name}@${said.length}`)));
  await Promise.all(three);
  assert.deepEqual(said, [
    'begin immediate',
    'a',
    'savepoint odd_member',
    'b',
    'release odd_member',
    'savepoint even_member',
    'c',
    'release even_member',
    'commit',
  ]);
  assert.deepEqual(answered, ['a@9', 'b@9', 'c@9']);
});

test('a single statement sees only what is committed', async () => {
  const { said, turns, run } = recorded();
  const first = run('a');
  turns.single(() => said.push('read'));
  await Promise.all([first, run('b')]);
  assert.deepEqual(said, ['begin immediate', 'a', 'commit', 'read', 'begin immediate', 'b', 'commit']);
});

test('what marks out a transaction within a group goes along with its statements, in no message of its own', async () => {
  const turns = new TransactionTurns();
  const messages: string[] = [];
  const execute = async (asked: Statement, before: readonly Statement[] = []) => {
    messages.push([...before, asked].map(({ sql }) => sql).join('; '));
    return { rows: [], changes: 0 };
  };
  const transactions = new SqliteTransactions(execute, turns);
  const run = async (name: string) => {
    const transaction = await transactions.begin();
    await transaction.execute({ sql: name });
    await transaction.commit();
  };
  await Promise.all([run('a'), run('b')]);
  assert.deepEqual(messages, ['begin immediate; a', 'savepoint odd_member; b', 'release odd_member; commit']);
});

test('one that fails undoes itself alone', async () => {
  const { said, run } = recorded();
  const fails = async () => {
    throw new Error('refused');
  };
  const results = await Promise.allSettled([run('a'), run('b', fails), run('c')]);
  assert.deepEqual(states(results), ['fulfilled', 'rejected', 'fulfilled']);
  assert.equal(said.filter((sql) => sql === 'rollback to odd_member').length, 1);
  assert.equal(said.at(-1), 'commit');
});

test('the first of a group that fails takes nobody along', async () => {
  const { said, run } = recorded();
  const fails = async () => {
    throw new Error('refused');
  };
  assert.deepEqual(states(await Promise.allSettled([run('a', fails), run('b')])), ['rejected', 'fulfilled']);
  assert.deepEqual(said, ['begin immediate', 'a', 'rollback', 'begin immediate', 'b', 'commit']);
});

for (const lost of ['commit', 'release odd_member'])
  test(`where ${lost} fails nobody of the group is told that it is stored, and the next ones go on`, async () => {
    const { said, refused, run } = recorded();
    refused.add(lost);
    assert.deepEqual(states(await Promise.allSettled([run('a'), run('b')])), ['rejected', 'rejected']);
    assert.ok(said.includes('rollback'));
    await run('c');
    assert.deepEqual(said.slice(-3), ['begin immediate', 'c', 'commit']);
  });

test('where a savepoint is not made or not released, the next one that fails takes the group along', async () => {
  for (const lost of ['savepoint odd_member', 'release odd_member']) {
    const { refused, run } = recorded();
    refused.add(lost);
    // As SQLite does for a savepoint that it does not know.
    refused.add('rollback to odd_member').add('rollback to even_member');
    const results = await Promise.allSettled([run('a'), run('b'), run('c')]);
    const expected = lost.startsWith('savepoint') ? ['rejected', 'rejected', 'fulfilled'] : 'all rejected';
    const found = states(results);
    assert.deepEqual(found.includes('fulfilled') ? found : 'all rejected', expected, lost);
    await run('d');
  }
});

test('where the database has undone all by itself, a failed one takes its group along', async () => {
  const { refused, run } = recorded();
  refused.add('rollback to odd_member');
  const fails = async () => {
    throw new Error('disk full');
  };
  assert.deepEqual(states(await Promise.allSettled([run('a'), run('b', fails)])), ['rejected', 'rejected']);
  await run('c');
});

test('a begin that is refused leaves the turn to the next', async () => {
  const { said, refused, run } = recorded();
  refused.add('begin immediate');
  assert.deepEqual(states(await Promise.allSettled([run('a'), run('b')])), ['rejected', 'fulfilled']);
  assert.deepEqual(said, ['begin immediate', 'rollback', 'begin immediate', 'b', 'commit']);
});

test('a group is closed before its first member waits too long', async () => {
  const { said, run } = recorded();
  await Promise.all(Array.from({ length: 200 }, (_, index) => run(`t${index}`)));
  assert.equal(said.filter((sql) => sql === 'commit').length, 4);
});

/** A whole transaction that defers its statements. */
function deferring({ transactions }: Pick<ReturnType<typeof recorded>, 'transactions'>) {
  return async (...names: string[]) => {
    const transaction = await transactions.begin();
    for (const sql of names) transaction.defer({ sql });
    await transaction.commit();
  };
}

test('what is deferred goes along with the next statement, or with the commit where nobody joins', async () => {
  const messages: string[] = [];
  const execute = async (asked: Statement, before: readonly Statement[] = []) => {
    messages.push([...before, asked].map(({ sql }) => sql).join('; '));
    return { rows: [], changes: 0 };
  };
  const transaction = await new SqliteTransactions(execute, new TransactionTurns()).begin();
  transaction.defer({ sql: 'a' });
  transaction.defer({ sql: 'b' });
  await transaction.execute({ sql: 'c' });
  transaction.defer({ sql: 'd' });
  await transaction.commit();
  assert.deepEqual(messages, ['begin immediate; a; b; c', 'd; commit']);
});

for (const [place, failing] of [
  ['first', 'a'],
  ['second', 'b'],
  ['last', 'c'],
] as const)
  test(`of a group, only the ${place} one is undone where what it deferred fails`, async () => {
    const store = recorded();
    const defer = deferring(store);
    store.refused.add(failing);
    const names = ['a', 'b', 'c'];
    const results = await Promise.allSettled(
      names.map((name) => defer(`before ${name}`, name, `after ${name}`)),
    );
    // The first is the transaction itself: its failure ends the group before anybody has joined it.
    assert.deepEqual(
      states(results),
      names.map((name) => (name === failing ? 'rejected' : 'fulfilled')),
    );
    assert.ok(!store.said.includes(`after ${failing}`));
    assert.equal(store.said.at(-1), 'commit');
    await store.run('d');
  });

test('what was deferred by a transaction that is rolled back is not said', async () => {
  const { said, transactions, run } = recorded();
  const undone = async () => {
    const transaction = await transactions.begin();
    transaction.defer({ sql: 'never' });
    await transaction.rollback();
  };
  await Promise.all([run('a'), undone(), run('b')]);
  await undone();
  await run('c');
  assert.ok(!said.includes('never'));
  assert.deepEqual(said.slice(-3), ['begin immediate', 'c', 'commit']);
});
