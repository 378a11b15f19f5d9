import { sql, type Transaction } from 'kysely';
import type { Schema } from '../schema.ts';
import type { Migration } from './migration.ts';
import { listIndex, ownedTable } from './owned-table.ts';

async function createDeliveries(tx: Transaction<Schema>, serialType: 'integer' | 'bigserial'): Promise<void> {
  await tx.schema
    .createTable('deliveries')
    .addColumn('seq', serialType, (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('org_id', 'text', (column) => column.notNull())
    .addColumn('stream_id', 'text', (column) => column.notNull())
    .addColumn('call_id', 'text')
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('endpoint', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('due_at', 'bigint')
    .addColumn('lease_owner', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('delivered_at', 'bigint')
    .addColumn('replayed_at', 'bigint')
    .addColumn('server', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('attempts', 'text', (column) => column.notNull())
    .execute();
  await tx.schema.createIndex('deliveries_id').on('deliveries').column('id').unique().execute();
  await indexDeliveries(tx);
}

/** The first three are over what waits, and stay small however much is kept. */
async function indexDeliveries(tx: Transaction<Schema>): Promise<void> {
  await tx.schema
    .createIndex('deliveries_due')
    .on('deliveries')
    .columns(['endpoint', 'due_at', 'seq'])
    .where(sql<boolean>`due_at is not null`)
    .execute();
  await tx.schema
    .createIndex('deliveries_lane')
    .on('deliveries')
    .columns(['endpoint', 'stream_id', 'seq'])
    .where(sql<boolean>`status = 'pending'`)
    .execute();
  await tx.schema
    .createIndex('deliveries_leased')
    .on('deliveries')
    .column('lease_owner')
    .where(sql<boolean>`lease_owner is not null`)
    .execute();
  await tx.schema
    .createIndex('deliveries_org_status')
    .on('deliveries')
    .columns(['org_id', 'status', 'seq'])
    .execute();
  await tx.schema.createIndex('deliveries_call').on('deliveries').columns(['call_id', 'seq']).execute();
  await tx.schema
    .createIndex('deliveries_settled')
    .on('deliveries')
    .columns(['status', 'updated_at'])
    .where(sql<boolean>`status <> 'pending'`)
    .execute();
}

async function createEndpoints(tx: Transaction<Schema>): Promise<void> {
  await tx.schema
    .createTable('delivery_endpoints')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('org_id', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('paused_until', 'bigint')
    .addColumn('doc', 'text', (column) => column.notNull())
    .execute();
  await tx.schema.createIndex('delivery_endpoints_org').on('delivery_endpoints').column('org_id').execute();
  await tx.schema
    .createIndex('delivery_endpoints_updated')
    .on('delivery_endpoints')
    .column('updated_at')
    .execute();
}

// A delivery refers to no call: it still goes out when its call was removed.
export const serverMessages: Migration = {
  number: 2,
  name: 'server-messages',
  async up(tx, { serialType }) {
    for (const name of ['squads', 'tools'] as const) {
      await ownedTable(tx, name).execute();
      await listIndex(tx, name);
    }
    await createDeliveries(tx, serialType);
    await createEndpoints(tx);
  },
};
