import type { CreateTableBuilder, Transaction } from 'kysely';
import type { Schema } from '../schema.ts';

/** The columns that every object of an org has. */
export function ownedTable(
  tx: Transaction<Schema>,
  name:
    | 'agents'
    | 'credentials'
    | 'calls'
    | 'squads'
    | 'tools'
    | 'parts'
    | 'scenarios'
    | 'knowledge_documents'
    | 'transfer_destinations',
): CreateTableBuilder<string> {
  return tx.schema
    .createTable(name)
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('org_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('doc', 'text', (column) => column.notNull());
}

/** Lists are read per org in the order of creation. */
export async function listIndex(tx: Transaction<Schema>, table: string): Promise<void> {
  await tx.schema
    .createIndex(`${table}_org_created`)
    .on(table)
    .columns(['org_id', 'created_at', 'id'])
    .execute();
}
