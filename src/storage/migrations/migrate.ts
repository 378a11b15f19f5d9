import type { Transaction } from 'kysely';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Engine } from '../engines/engine.ts';
import type { Schema } from '../schema.ts';
import { StorageOpenError } from '../storage-open-error.ts';
import { firstTables } from './0001-first-tables.ts';
import { serverMessages } from './0002-server-messages.ts';
import { partsAndKnowledge } from './0003-parts-and-knowledge.ts';
import { phoneAgents } from './0004-phone-agents.ts';
import { trunks } from './0005-trunks.ts';
import { outboundCalls } from './0006-outbound-calls.ts';
import { leases } from './0007-leases.ts';
import type { Migration } from './migration.ts';

/** Every step from an empty database to the schema that this version knows, in order. */
export const MIGRATIONS: readonly Migration[] = [
  firstTables,
  serverMessages,
  partsAndKnowledge,
  phoneAgents,
  trunks,
  outboundCalls,
  leases,
];

async function appliedNumber(tx: Transaction<Schema>): Promise<number> {
  await tx.schema
    .createTable('schema_migrations')
    .ifNotExists()
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied_at', 'bigint', (column) => column.notNull())
    .execute();
  const row = await tx
    .selectFrom('schema_migrations')
    .select((eb) => eb.fn.max('number').as('number'))
    .executeTakeFirst();
  return Number(row?.number ?? 0);
}

/**
 * Brings the schema up to date, all steps in one transaction, under a lock against other processes that start.
 * @throws {StorageOpenError} when the database was written by a newer version.
 */
export async function migrate(
  engine: Engine,
  {
    clock,
    logger,
    migrations = MIGRATIONS,
  }: { clock: Clock; logger: Logger; migrations?: readonly Migration[] },
): Promise<void> {
  await engine.main.transaction().execute(async (tx) => {
    await engine.lockSchema(tx);
    const applied = await appliedNumber(tx);
    const known = migrations.at(-1)?.number ?? 0;
    if (applied > known)
      throw new StorageOpenError(
        'schema-newer',
        `The database was made by a newer Offhook (schema ${applied}, this version knows ${known}): run that version or a later one.`,
      );
    for (const migration of migrations.slice(applied)) {
      await migration.up(tx, engine);
      await tx
        .insertInto('schema_migrations')
        .values({ number: migration.number, name: migration.name, applied_at: clock.now() })
        .execute();
      logger.info({ number: migration.number, name: migration.name }, 'schema migrated');
    }
    await engine.ensureNumberSearch(tx);
    await engine.knowledge.ensureSearch(tx);
  });
}
