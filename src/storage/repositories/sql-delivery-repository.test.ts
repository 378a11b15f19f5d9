import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { newId } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import { Secret } from '../../lib/secret.ts';
import { openStorage } from '../open-storage.ts';

test('a delivery whose secret no key opens is given up, and holds up neither its lane nor others', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'offhook-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const clock = new FakeClock();
  const storage = await openStorage({ dataDir, clock, logger: silentLogger });
  t.after(() => storage.close());
  const now = clock.now();
  const [broken, next, other] = ['lane', 'lane', 'other'].map((streamId) => ({
    id: newId(),
    orgId: 'org',
    streamId,
    type: 'hang',
    server: { url: 'https://x.example/', secret: new Secret('needle') },
    body: '{}',
    createdAt: now,
  }));
  assert.ok(broken && next && other);
  await storage.deliveries.insert([broken, next, other]);
  const database = new DatabaseSync(join(dataDir, 'offhook.db'));
  // An envelope that was moved here from another row does not open.
  database
    .prepare('update deliveries set server = (select server from deliveries where id = ?) where id = ?')
    .run(other.id, broken.id);
  const claim = async () => {
    const query = { owner: 'n', now, until: now + 1_000, limit: 9, perEndpoint: 9 };
    return (await storage.deliveries.claim(query)).map(({ delivery }) => delivery.id);
  };
  assert.deepEqual(await claim(), [other.id]);
  assert.deepEqual(await claim(), [next.id]);
  const row = database.prepare('select status, attempts from deliveries where id = ?').get(broken.id);
  database.close();
  assert.equal(row?.status, 'dead');
  assert.match(String(row?.attempts), /its secret cannot be read/);
});
