import { sql, type Transaction } from 'kysely';
import type { Schema } from '../schema.ts';
import type { Migration } from './migration.ts';
import { ownedTable } from './owned-table.ts';

/** Rows read at once, so that a million numbers never stand in memory together. */
const BATCH_ROWS = 1000;

async function addAgentColumn(tx: Transaction<Schema>): Promise<void> {
  await tx.schema.alterTable('numbers').addColumn('agent_id', 'text').execute();
  await fillAgentColumn(tx);
  await tx.schema
    .createIndex('numbers_agent')
    .on('numbers')
    .columns(['agent_id', 'created_at', 'id'])
    .where(sql<boolean>`agent_id is not null`)
    .execute();
}

/** The two databases reach into JSON in different ways, so the rows that were there before are read here. */
async function fillAgentColumn(tx: Transaction<Schema>): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await tx
      .selectFrom('numbers')
      .select(['serial', 'doc'])
      .where('serial', '>', after)
      .orderBy('serial')
      .limit(BATCH_ROWS)
      .execute();
    for (const { serial, doc } of rows) {
      const { binding } = JSON.parse(doc) as { binding?: { agentId?: string } };
      if (binding?.agentId !== undefined)
        await tx
          .updateTable('numbers')
          .set({ agent_id: binding.agentId })
          .where('serial', '=', serial)
          .execute();
    }
    const last = rows.at(-1);
    if (!last || rows.length < BATCH_ROWS) return;
    after = last.serial;
  }
}

export const phoneAgents: Migration = {
  number: 4,
  name: 'phone-agents',
  async up(tx) {
    await addAgentColumn(tx);
    await ownedTable(tx, 'transfer_destinations').execute();
  },
};
