import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Call } from '../../src/domain/calls/call.ts';
import type { OutboundOrder } from '../../src/domain/calls/outbound-order.ts';
import { newId } from '../../src/lib/ids.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { Storage } from '../../src/storage/open-storage.ts';
import { eventOf, liveCall } from '../support/sample-call.ts';
import { ENGINES, type StorageHouse } from './storage-houses.ts';
import { aNumber, anAgent, ORG, OTHER_ORG } from './storage-samples.ts';

const SECRET = 'sk-of-the-customer';

for (const [engine, openHouse] of ENGINES) {
  describe(`what outbound calls need of ${engine}`, () => {
    let house: StorageHouse;
    let storage: Storage;
    /** Of another process. */
    let second: Storage;

    before(async () => {
      house = await openHouse();
      storage = await house.open();
      second = await house.open();
    });

    after(async () => {
      await storage?.close();
      await second?.close();
      await house?.stop();
    });

    async function scheduled(dueAt: number, orgId = ORG): Promise<Call> {
      const { answeredAt: _, ...up } = liveCall(orgId, 0);
      const call: Call = { ...up, direction: 'outbound', status: 'scheduled', nodeId: 'first' };
      const agent = { ...anAgent({ orgId }), vendorKeys: { openai: new Secret(SECRET) } };
      const order: OutboundOrder = {
        orgId,
        number: aNumber({ orgId }),
        customer: { number: '+14155550123' },
        destination: { type: 'number', number: '+14155550123', e164CheckEnabled: true },
        agent: { kind: 'transient-agent', agent },
        schedule: { earliestAt: dueAt },
      };
      await storage.outboundOrders.insert(call, order, dueAt, [eventOf(call, 'call.scheduled', 0)], []);
      return call;
    }

    const endOf = (call: Call) => ({
      event: {
        id: newId(),
        callId: call.id,
        orgId: call.orgId,
        type: 'call.ended' as const,
        at: 9,
        data: {},
      },
      change: (current: Call): Call => ({ ...current, status: 'ended', endedAt: 9 }),
    });

    test('an order waits for its time, keeps its secrets, and goes to one process alone', async () => {
      const [late, early] = [await scheduled(200), await scheduled(100)];
      assert.equal(await storage.outboundOrders.nextDueAt(), 100);
      assert.deepEqual(await storage.outboundOrders.claimDue(99, 'a', 10), []);
      const claims = await Promise.all([
        storage.outboundOrders.claimDue(150, 'a', 10),
        storage.outboundOrders.claimDue(150, 'b', 10),
        second.outboundOrders.claimDue(150, 'c', 10),
      ]);
      const [claimed, ...more] = claims.flat();
      assert.deepEqual(more, []);
      assert.equal(claimed?.call.id, early.id);
      assert.equal(claimed?.call.status, 'queued');
      assert.ok(['a', 'b', 'c'].includes(claimed?.call.nodeId ?? ''));
      const choice = claimed?.order.agent;
      assert.equal(choice?.kind === 'transient-agent' && choice.agent.vendorKeys?.openai?.reveal(), SECRET);
      assert.equal((await storage.calls.get(ORG, early.id))?.status, 'queued');
      assert.equal(await storage.outboundOrders.nextDueAt(), 200);
      assert.equal((await storage.outboundOrders.claimDue(200, 'a', 10))[0]?.call.id, late.id);
      assert.equal(await storage.outboundOrders.nextDueAt(), undefined);
    });

    test('an order that was taken back ends its call, once, and is never placed', async () => {
      const call = await scheduled(300);
      const { event, change } = endOf(call);
      assert.equal(await storage.outboundOrders.withdraw(OTHER_ORG, call.id, event, change, []), undefined);
      const ended = await storage.outboundOrders.withdraw(ORG, call.id, event, change, []);
      assert.equal(ended?.status, 'ended');
      const again = endOf(call);
      assert.equal(
        await storage.outboundOrders.withdraw(ORG, call.id, again.event, again.change, []),
        undefined,
      );
      assert.deepEqual(await storage.outboundOrders.claimDue(1_000, 'a', 10), []);
    });

    test('an order that was claimed cannot be taken back', async () => {
      const call = await scheduled(400);
      await storage.outboundOrders.claimDue(400, 'a', 10);
      const { event, change } = endOf(call);
      assert.equal(await storage.outboundOrders.withdraw(ORG, call.id, event, change, []), undefined);
      assert.equal((await storage.calls.get(ORG, call.id))?.status, 'queued');
    });

    test('minutes add up, by org and by day', async () => {
      const { dialUsage } = storage;
      assert.equal(await dialUsage.minutesOn(ORG, '2026-11-25'), 0);
      await Promise.all([1, 2, 3].map((minutes) => dialUsage.addMinutes(ORG, '2026-11-25', minutes)));
      await dialUsage.addMinutes(ORG, '2026-11-26', 1);
      await dialUsage.addMinutes(OTHER_ORG, '2026-11-25', 1);
      assert.equal(await dialUsage.minutesOn(ORG, '2026-11-25'), 6);
      await storage.close();
      storage = await house.open();
      assert.equal(await storage.dialUsage.minutesOn(ORG, '2026-11-25'), 6);
    });
  });
}
