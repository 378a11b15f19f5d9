import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import type { Schema } from '../schema.ts';
import type { Migration } from './migration.ts';
import { listIndex, ownedTable } from './owned-table.ts';

async function createOrgs(tx: Transaction<Schema>): Promise<void> {
  await tx.schema
    .createTable('meta')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
  await tx.schema
    .createTable('orgs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('doc', 'text', (column) => column.notNull())
    .execute();
  await tx.schema
    .createTable('api_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('org_id', 'text', (column) => column.notNull().references('orgs.id'))
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('prefix', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .addColumn('doc', 'text', (column) => column.notNull())
    .execute();
  await tx.schema.createIndex('api_keys_hash').on('api_keys').column('hash').unique().execute();
}

async function createNumbers(tx: Transaction<Schema>, serialType: 'integer' | 'bigserial'): Promise<void> {
  await tx.schema
    .createTable('numbers')
    .addColumn('serial', serialType, (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('org_id', 'text', (column) => column.notNull())
    .addColumn('address', 'text')
    .addColumn('address_scope', 'text', (column) => column.notNull())
    .addColumn('sip_user', 'text')
    .addColumn('credential_id', 'text')
    .addColumn('search_text', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('doc', 'text', (column) => column.notNull())
    .execute();
  await tx.schema.createIndex('numbers_id').on('numbers').column('id').unique().execute();
  // Both engines let rows without the value stand beside each other in a unique index.
  await tx.schema
    .createIndex('numbers_address')
    .on('numbers')
    .columns(['address', 'address_scope'])
    .unique()
    .execute();
  await tx.schema.createIndex('numbers_sip_user').on('numbers').column('sip_user').unique().execute();
  await listIndex(tx, 'numbers');
}

async function createCalls(tx: Transaction<Schema>): Promise<void> {
  await ownedTable(tx, 'calls')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('agent_id', 'text')
    .addColumn('number_id', 'text')
    .addColumn('last_seq', 'integer', (column) => column.notNull())
    .execute();
  await listIndex(tx, 'calls');
  await tx.schema.createIndex('calls_agent').on('calls').columns(['agent_id', 'created_at']).execute();
  await tx.schema.createIndex('calls_number').on('calls').columns(['number_id', 'created_at']).execute();
  await tx.schema
    .createIndex('calls_open')
    .on('calls')
    .column('created_at')
    .where(sql<boolean>`status <> 'ended'`)
    .execute();
  await tx.schema
    .createTable('call_events')
    .addColumn('call_id', 'text', (column) => column.notNull().references('calls.id').onDelete('cascade'))
    .addColumn('seq', 'integer', (column) => column.notNull())
    .addColumn('org_id', 'text', (column) => column.notNull())
    .addColumn('doc', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('call_events_pk', ['call_id', 'seq'])
    .execute();
}

// Orgs are never deleted, and a reference from every call and number to its one org row would make that row the
// meeting point of all writers in PostgreSQL; so only keys refer to it.
export const firstTables: Migration = {
  number: 1,
  name: 'first-tables',
  async up(tx, { serialType }) {
    await createOrgs(tx);
    for (const name of ['agents', 'credentials'] as const) {
      await ownedTable(tx, name).execute();
      await listIndex(tx, name);
    }
    await createNumbers(tx, serialType);
    await createCalls(tx);
  },
};
