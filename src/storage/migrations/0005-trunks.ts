import { sql, type Transaction } from 'kysely';
import type { Credential } from '../../domain/credentials/credential.ts';
import { inboundNetworks, isTrunk } from '../../domain/trunks/trunk.ts';
import type { Schema } from '../schema.ts';
import type { Migration } from './migration.ts';

/** Rows read at once, so that all credentials never stand in memory together. */
const BATCH_ROWS = 1000;

async function createNetworks(tx: Transaction<Schema>): Promise<void> {
  await tx.schema
    .createTable('trunk_networks')
    .addColumn('network', 'text', (column) => column.notNull())
    .addColumn('credential_id', 'text', (column) =>
      column.notNull().references('credentials.id').onDelete('cascade'),
    )
    .addPrimaryKeyConstraint('trunk_networks_pk', ['network', 'credential_id'])
    .execute();
  await tx.schema
    .createIndex('trunk_networks_credential')
    .on('trunk_networks')
    .column('credential_id')
    .execute();
}

/** Providers and networks of the credentials that were there before; their documents are read here, as JSON. */
async function fillFromDocuments(tx: Transaction<Schema>): Promise<void> {
  for (let after = ''; ; ) {
    const rows = await tx
      .selectFrom('credentials')
      .select(['id', 'doc'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(BATCH_ROWS)
      .execute();
    for (const { id, doc } of rows) {
      const credential = JSON.parse(doc) as Credential;
      const { provider } = credential;
      await tx.updateTable('credentials').set({ provider }).where('id', '=', id).execute();
      if (!isTrunk(credential)) continue;
      for (const network of inboundNetworks(credential))
        await tx.insertInto('trunk_networks').values({ network, credential_id: id }).execute();
    }
    const last = rows.at(-1);
    if (!last || rows.length < BATCH_ROWS) return;
    after = last.id;
  }
}

export const trunks: Migration = {
  number: 5,
  name: 'trunks',
  async up(tx) {
    await createNetworks(tx);
    await tx.schema
      .alterTable('credentials')
      .addColumn('provider', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    await fillFromDocuments(tx);
    await tx.schema
      .createIndex('credentials_trunks')
      .on('credentials')
      .column('id')
      .where(sql<boolean>`provider = 'byo-sip-trunk'`)
      .execute();
    await tx.schema
      .createIndex('numbers_credential')
      .on('numbers')
      .columns(['credential_id', 'created_at', 'id'])
      .where(sql<boolean>`credential_id is not null`)
      .execute();
  },
};
