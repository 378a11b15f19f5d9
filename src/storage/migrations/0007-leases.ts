import type { Migration } from './migration.ts';

export const leases: Migration = {
  number: 7,
  name: 'leases',
  async up(tx) {
    await tx.schema
      .createTable('leases')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('holder', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};
