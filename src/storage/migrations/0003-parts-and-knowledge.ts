import type { Transaction } from 'kysely';
import type { Schema } from '../schema.ts';
import type { Migration } from './migration.ts';
import { listIndex, ownedTable } from './owned-table.ts';

/** Columns of `agents` by which the agents of a part are found. */
const PART_COLUMNS = ['prompt_id', 'voice_id', 'webhook_id', 'vector_database_id'] as const;

async function createParts(tx: Transaction<Schema>): Promise<void> {
  await ownedTable(tx, 'parts')
    .addColumn('kind', 'text', (column) => column.notNull())
    .execute();
  await tx.schema
    .createIndex('parts_org_kind_created')
    .on('parts')
    .columns(['org_id', 'kind', 'created_at', 'id'])
    .execute();
  for (const column of PART_COLUMNS) {
    await tx.schema.alterTable('agents').addColumn(column, 'text').execute();
    await tx.schema
      .createIndex(`agents_${column}`)
      .on('agents')
      .column(column)
      .where(column, 'is not', null)
      .execute();
  }
}

async function createKnowledge(tx: Transaction<Schema>, serialType: 'integer' | 'bigserial'): Promise<void> {
  for (const name of ['scenarios', 'knowledge_documents'] as const) {
    await ownedTable(tx, name).execute();
    await listIndex(tx, name);
  }
  await tx.schema
    .createTable('knowledge_passages')
    .addColumn('serial', serialType, (column) => column.primaryKey())
    .addColumn('document_id', 'text', (column) =>
      column.notNull().references('knowledge_documents.id').onDelete('cascade'),
    )
    .addColumn('org_id', 'text', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .execute();
  await tx.schema
    .createIndex('knowledge_passages_document')
    .on('knowledge_passages')
    .column('document_id')
    .execute();
}

export const partsAndKnowledge: Migration = {
  number: 3,
  name: 'parts-and-knowledge',
  async up(tx, { serialType }) {
    await createParts(tx);
    await createKnowledge(tx, serialType);
  },
};
