import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { openSqlite } from '../engines/sqlite.ts';
import { MIGRATIONS, migrate } from './migrate.ts';

/** More than the step reads at once. */
const ROWS = 1_200;

test('trunks that were there before are found by their networks, and credentials by their provider', async () => {
  const engine = await openSqlite(':memory:');
  try {
    const options = { clock: new FakeClock(), logger: silentLogger };
    await migrate(engine, { ...options, migrations: MIGRATIONS.slice(0, 4) });
    const before = engine.main as unknown as { insertInto(table: 'credentials'): InsertsRows };
    for (let from = 0; from < ROWS; from += 100) {
      const rows = Array.from({ length: 100 }, (_, at) => rowOf(from + at));
      await before.insertInto('credentials').values(rows).execute();
    }
    await migrate(engine, options);
    const providers = await engine.main.selectFrom('credentials').select(['id', 'provider']).execute();
    for (const { id, provider } of providers) assert.equal(provider, providerOf(Number(id)), id);
    const networks = await engine.main.selectFrom('trunk_networks').selectAll().execute();
    assert.equal(networks.length, ROWS / 2);
    for (const { network, credential_id } of networks)
      assert.equal(network, `${addressOf(Number(credential_id))}/32`);
  } finally {
    await engine.close();
  }
});

interface InsertsRows {
  values(rows: object[]): { execute(): Promise<unknown> };
}

const providerOf = (index: number) => (index % 2 === 0 ? 'byo-sip-trunk' : 'telnyx');
const addressOf = (index: number) => `192.0.${index >> 8}.${index & 255}`;

/** A row as the versions before wrote it: without the new column. */
function rowOf(index: number) {
  const gateways = [
    { ip: addressOf(index), netmask: 32, inboundEnabled: true },
    { ip: 'sbc.example', netmask: 32, inboundEnabled: false },
  ];
  const provider = providerOf(index);
  return {
    id: String(index),
    org_id: 'o',
    created_at: index,
    updated_at: index,
    doc: JSON.stringify({ provider, ...(provider === 'byo-sip-trunk' && { gateways }) }),
  };
}
