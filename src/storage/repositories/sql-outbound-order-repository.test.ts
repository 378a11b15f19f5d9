import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { eventOf, liveCall } from '../../../test/support/sample-call.ts';
import type { Call } from '../../domain/calls/call.ts';
import type { OutboundOrder } from '../../domain/calls/outbound-order.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { Secret } from '../../lib/secret.ts';
import { openStorage, type Storage } from '../open-storage.ts';
import { UNREADABLE_RETRY_MS } from './sql-outbound-order-repository.ts';

const ORG = 'org';
const NUMBER: PhoneNumber = {
  id: 'number',
  orgId: ORG,
  carrier: 'sip',
  e164CheckEnabled: true,
  status: 'active',
  binding: {},
  extras: {},
  createdAt: 0,
  updatedAt: 0,
};

async function scheduled({ outboundOrders }: Storage, dueAt: number): Promise<Call> {
  const { answeredAt: _, ...up } = liveCall(ORG, 0);
  const call: Call = { ...up, direction: 'outbound', status: 'scheduled' };
  const vendorKeys = { openai: new Secret('needle') };
  const agent = { id: 'agent', orgId: ORG, vendorKeys, extras: {}, createdAt: 0, updatedAt: 0 };
  const order: OutboundOrder = {
    orgId: ORG,
    number: NUMBER,
    customer: { number: '+14155550123' },
    destination: { type: 'number', number: '+14155550123', e164CheckEnabled: true },
    agent: { kind: 'transient-agent', agent },
    schedule: { earliestAt: dueAt },
  };
  await outboundOrders.insert(call, order, dueAt, [eventOf(call, 'call.scheduled', 0)], []);
  return call;
}

/** A store with three orders that are due, the oldest first, and its database. */
async function withOrders(t: TestContext) {
  const dataDir = await mkdtemp(join(tmpdir(), 'offhook-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const storage = await openStorage({ dataDir, clock: new FakeClock(), logger: silentLogger });
  t.after(() => storage.close());
  const calls = [await scheduled(storage, 1), await scheduled(storage, 2), await scheduled(storage, 3)];
  const database = new DatabaseSync(join(dataDir, 'offhook.db'));
  t.after(() => database.close());
  const claim = async (now: number, limit = 10) => {
    const claimed = await storage.outboundOrders.claimDue(now, 'node', limit);
    return claimed.map(({ call }) => call.id);
  };
  return { storage, database, claim, ids: calls.map(({ id }) => id) };
}

describe('scheduled calls that are due', () => {
  it('go out past one that cannot be read, which is tried again later', async (t) => {
    const { storage, database, claim, ids } = await withOrders(t);
    const [broken = '', next = '', last = ''] = ids;
    const docOf = (id: string) =>
      database.prepare('select doc from outbound_orders where call_id = ?').get(id)?.doc ?? null;
    const setDoc = (id: string, doc: ReturnType<typeof docOf>) =>
      database.prepare('update outbound_orders set doc = ? where call_id = ?').run(doc, id);
    const readable = docOf(broken);
    // A secret that was moved here from another row does not open.
    setDoc(broken, docOf(next));
    assert.deepEqual([await claim(3, 1), await claim(3, 1), await claim(3, 1)], [[], [next], [last]]);
    assert.equal(await storage.outboundOrders.nextDueAt(), 3 + UNREADABLE_RETRY_MS);
    assert.equal((await storage.calls.get(ORG, broken))?.status, 'scheduled');
    setDoc(broken, readable);
    assert.deepEqual(await claim(3 + UNREADABLE_RETRY_MS), [broken]);
  });

  it('are begun as far as they could be claimed, and the failure is told where none could', async (t) => {
    const { database, claim, ids } = await withOrders(t);
    const [first, second, third] = ids;
    database.exec(`create trigger full before delete on outbound_orders when old.call_id = '${second}'
      begin select raise(abort, 'no room'); end`);
    assert.deepEqual(await claim(3), [first]);
    await assert.rejects(claim(3), { code: 'storage-failed' });
    database.exec('drop trigger full');
    assert.deepEqual(await claim(3), [second, third]);
  });
});
