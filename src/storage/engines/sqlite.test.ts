import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Engine } from './engine.ts';
import { EngineError } from './engine-error.ts';
import { IN_MEMORY, openSqlite } from './sqlite.ts';

const ORG = { id: 'o1', created_at: 1, doc: '{}' };

async function opened(t: TestContext, path?: string): Promise<Engine> {
  const dir = await mkdtemp(join(tmpdir(), 'offhook-'));
  const engine = await openSqlite(path ?? join(dir, 'test.db'));
  t.after(async () => {
    await engine.close();
    await rm(dir, { recursive: true, force: true });
  });
  await sql`create table orgs (id text primary key, created_at integer, doc text)`.execute(engine.main);
  return engine;
}

/** A new database that another process is about to make: in SQLite's first mode, with the lock of a writer. */
async function begunElsewhere(t: TestContext): Promise<{ path: string; other: DatabaseSync }> {
  const dir = await mkdtemp(join(tmpdir(), 'offhook-'));
  const path = join(dir, 'test.db');
  const other = new DatabaseSync(path);
  t.after(async () => {
    other.close();
    await rm(dir, { recursive: true, force: true });
  });
  other.exec('begin immediate');
  return { path, other };
}

const idsOf = async ({ main }: Engine) =>
  (await main.selectFrom('orgs').select('id').execute()).map(({ id }) => id);

test('a read waits for no transaction, and sees what is committed', async (t) => {
  const engine = await opened(t);
  await engine.main.transaction().execute(async (tx) => {
    await tx.insertInto('orgs').values(ORG).execute();
    assert.deepEqual(await idsOf(engine), [], 'answered while the transaction is open');
    assert.deepEqual(await tx.selectFrom('orgs').select('id').execute(), [{ id: 'o1' }]);
  });
  assert.deepEqual(await idsOf(engine), ['o1']);
});

test('a single write waits for the open transaction, and is seen once it has resolved', async (t) => {
  const engine = await opened(t);
  const insert = (id: string) =>
    engine.main
      .insertInto('orgs')
      .values({ ...ORG, id })
      .execute();
  let second: Promise<unknown> | undefined;
  await engine.main.transaction().execute(async (tx) => {
    await tx.insertInto('orgs').values(ORG).execute();
    second = insert('o2');
    assert.deepEqual(await idsOf(engine), []);
  });
  await second;
  assert.deepEqual(await idsOf(engine), ['o1', 'o2']);
});

test('in memory the one connection serves both, and a read waits for the transaction before it', async (t) => {
  const engine = await opened(t, IN_MEMORY);
  let read: Promise<string[]> | undefined;
  await engine.main.transaction().execute(async (tx) => {
    read = idsOf(engine);
    await tx.insertInto('orgs').values(ORG).execute();
  });
  assert.deepEqual(await read, ['o1']);
});

test('a read that fails rejects with the error of the engine', async (t) => {
  const engine = await opened(t);
  const failing = engine.main.selectFrom('agents').select('id').execute();
  await assert.rejects(failing, (error) => error instanceof EngineError && error.failure === 'failed');
  assert.deepEqual(await idsOf(engine), []);
});

test('a deferred statement has run for the next statement of its transaction, and is kept with it', async (t) => {
  const engine = await opened(t);
  await engine.main.transaction().execute(async (tx) => {
    await engine.defer(tx, tx.insertInto('orgs').values(ORG).compile());
    assert.deepEqual(await tx.selectFrom('orgs').select('id').execute(), [{ id: 'o1' }]);
    await engine.defer(tx, tx.updateTable('orgs').set({ id: 'o2' }).compile());
  });
  assert.deepEqual(await idsOf(engine), ['o2']);
});

test('a deferred statement that is refused undoes its transaction and no other, with the error of the engine', async (t) => {
  const engine = await opened(t);
  const deferring = (id: string) =>
    engine.main.transaction().execute(async (tx) => {
      await engine.defer(
        tx,
        tx
          .insertInto('orgs')
          .values({ ...ORG, id })
          .compile(),
      );
    });
  const results = await Promise.allSettled(['o1', 'o2', 'o1', 'o3'].map(deferring));
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  );
  await assert.rejects(
    deferring('o3'),
    (error) => error instanceof EngineError && error.failure === 'unique' && /orgs\.id/.test(error.index),
  );
  assert.deepEqual(await idsOf(engine), ['o1', 'o2', 'o3']);
});

test('waits for another process that makes the same database', async (t) => {
  const { path, other } = await begunElsewhere(t);
  const opening = openSqlite(path);
  await delay(300);
  other.exec('commit');
  const engine = await opening;
  await engine.close();
});

test('gives up on another process that keeps the lock', async (t) => {
  const { path } = await begunElsewhere(t);
  await assert.rejects(openSqlite(path, 100), { code: 'database-locked' });
});
