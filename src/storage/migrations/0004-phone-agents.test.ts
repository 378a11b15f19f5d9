import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { openSqlite } from '../engines/sqlite.ts';
import { MIGRATIONS, migrate } from './migrate.ts';

/** More than the step reads at once. */
const ROWS = 2_500;

test('numbers that were there before are found by the agent that they are bound to', async () => {
  const engine = await openSqlite(':memory:');
  try {
    const options = { clock: new FakeClock(), logger: silentLogger };
    await migrate(engine, { ...options, migrations: MIGRATIONS.slice(0, 3) });
    const before = engine.main as unknown as { insertInto(table: 'numbers'): InsertsRows };
    const isBound = (index: number) => index % 2 === 0;
    for (let from = 0; from < ROWS; from += 100) {
      const rows = Array.from({ length: 100 }, (_, at) => rowOf(from + at, isBound(from + at)));
      await before.insertInto('numbers').values(rows).execute();
    }
    await migrate(engine, options);
    const found = await engine.main.selectFrom('numbers').select(['id', 'agent_id']).execute();
    assert.equal(found.length, ROWS);
    for (const { id, agent_id } of found)
      assert.equal(agent_id, isBound(Number(id)) ? `agent-${id}` : null, id);
  } finally {
    await engine.close();
  }
});

interface InsertsRows {
  values(rows: object[]): { execute(): Promise<unknown> };
}

/** A row as the versions before wrote it: without the new column. */
function rowOf(index: number, isBound: boolean) {
  return {
    id: String(index),
    org_id: 'o',
    address: null,
    address_scope: 'exchange',
    sip_user: `user-${index}`,
    credential_id: null,
    search_text: '',
    created_at: index,
    updated_at: index,
    doc: JSON.stringify({ binding: isBound ? { agentId: `agent-${index}` } : {} }),
  };
}
