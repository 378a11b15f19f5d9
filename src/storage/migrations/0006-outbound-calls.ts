import type { Migration } from './migration.ts';

export const outboundCalls: Migration = {
  number: 6,
  name: 'outbound-calls',
  async up(tx) {
    await tx.schema
      .createTable('outbound_orders')
      .addColumn('call_id', 'text', (column) => column.primaryKey())
      .addColumn('org_id', 'text', (column) => column.notNull())
      .addColumn('due_at', 'bigint', (column) => column.notNull())
      .addColumn('doc', 'text', (column) => column.notNull())
      .execute();
    await tx.schema.createIndex('outbound_orders_due').on('outbound_orders').column('due_at').execute();
    await tx.schema
      .createTable('dial_usage')
      .addColumn('org_id', 'text', (column) => column.notNull())
      .addColumn('day', 'text', (column) => column.notNull())
      .addColumn('minutes', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('dial_usage_key', ['org_id', 'day'])
      .execute();
  },
};
