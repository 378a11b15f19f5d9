import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { sql } from 'kysely';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { Engine } from '../engines/engine.ts';
import { openSqlite } from '../engines/sqlite.ts';
import { StorageOpenError } from '../storage-open-error.ts';
import { MIGRATIONS, migrate } from './migrate.ts';
import type { Migration } from './migration.ts';

let engine: Engine;
const clock = new FakeClock();
const run = (migrations: readonly Migration[]) =>
  migrate(engine, { clock, logger: silentLogger, migrations });
const next = MIGRATIONS.length + 1;

const addNote: Migration = {
  number: next,
  name: 'add-note',
  async up(tx) {
    await sql`alter table agents add column note text`.execute(tx);
  },
};
const failing: Migration = {
  number: next + 1,
  name: 'fails-halfway',
  async up(tx) {
    await sql`create table half_made (id text)`.execute(tx);
    throw new Error('stop');
  },
};

const applied = async () =>
  (await engine.main.selectFrom('schema_migrations').selectAll().orderBy('number').execute()).map(
    ({ number }) => number,
  );
const tables = async () =>
  (
    await sql<{ name: string }>`select name from sqlite_master where type = 'table'`.execute(engine.main)
  ).rows.map(({ name }) => name);

beforeEach(async () => {
  engine = await openSqlite(':memory:');
});
afterEach(() => engine.close());

test('the steps are numbered from one without gaps', () => {
  assert.deepEqual(
    MIGRATIONS.map(({ number }) => number),
    MIGRATIONS.map((_, index) => index + 1),
  );
});

test('only steps that were not yet applied run', async () => {
  await run(MIGRATIONS);
  await run([...MIGRATIONS, addNote]);
  await run([...MIGRATIONS, addNote]);
  assert.deepEqual(
    await applied(),
    [...MIGRATIONS.keys(), MIGRATIONS.length].map((index) => index + 1),
  );
});

test('a step that fails undoes all steps of the same start', async () => {
  await run(MIGRATIONS);
  await assert.rejects(run([...MIGRATIONS, addNote, failing]), /stop/);
  assert.equal((await applied()).length, MIGRATIONS.length);
  assert.ok(!(await tables()).includes('half_made'));
  await run([...MIGRATIONS, addNote]);
});

test('an older version refuses the schema of a newer one', async () => {
  await run([...MIGRATIONS, addNote]);
  await assert.rejects(run(MIGRATIONS), (error) => {
    assert.ok(error instanceof StorageOpenError);
    assert.equal(error.code, 'schema-newer');
    return true;
  });
});
