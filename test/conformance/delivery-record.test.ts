import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Delivery, NewDelivery } from '../../src/domain/deliveries/delivery.ts';
import { aDelivery, dead, delivered, deliveryHouse, NOW } from './delivery-house.ts';
import { ENGINES } from './storage-houses.ts';
import { aCall, anEvent, ended, ORG, OTHER_ORG } from './storage-samples.ts';

for (const [engine, openHouse] of ENGINES) {
  describe(`deliveries in the record, on ${engine},`, () => {
    const house = deliveryHouse(openHouse);
    const { claim, claimedIds, settle } = house;

    test('are listed newest first by page, status, type, call and endpoint', async () => {
      const orgId = `org-list-${engine}`;
      const made = ['a', 'b', 'a'].map((type, index) =>
        aDelivery({
          orgId,
          type,
          callId: `call-${index % 2}`,
          server: { url: `https://list.example/${index}` },
        }),
      );
      await house.storage.deliveries.insert(made);
      const list = async (query: object) =>
        (await house.storage.deliveries.list(orgId, { limit: 10, ...query })).map(({ id }) =>
          made.findIndex((delivery) => delivery.id === id),
        );
      assert.deepEqual(await list({}), [2, 1, 0]);
      const [newest] = await house.storage.deliveries.list(orgId, { limit: 1 });
      assert.deepEqual(await list({ before: newest?.seq, limit: 1 }), [1]);
      assert.deepEqual(await list({ type: 'a' }), [2, 0]);
      assert.deepEqual(await list({ callId: 'call-1' }), [1]);
      assert.deepEqual(await list({ endpoint: 'https://list.example/2' }), [2]);
      assert.deepEqual(await list({ status: 'dead' }), []);
      assert.deepEqual(await house.storage.deliveries.list('org-none', { limit: 10 }), []);
    });

    test('are sent again by hand, behind what waits in their lane', async () => {
      const lane = { streamId: 'call-replay' };
      const [first, second] = [aDelivery(lane), aDelivery(lane)];
      await house.storage.deliveries.insert([first]);
      const [claimed] = await claim();
      await settle(dead, [claimed?.delivery as Delivery]);
      assert.equal(await house.storage.deliveries.replay(OTHER_ORG, first.id, NOW + 1), undefined);
      const replayed = await house.storage.deliveries.replay(ORG, first.id, NOW + 1);
      assert.deepEqual(await house.storage.deliveries.get(ORG, first.id), replayed);
      assert.deepEqual([replayed?.status, replayed?.replayedAt], ['pending', NOW + 1]);
      assert.deepEqual(
        await house.storage.deliveries.replay(ORG, first.id, NOW + 2),
        replayed,
        'it waits already',
      );
      const [again] = await claim({ now: NOW + 1 });
      assert.equal(again?.delivery.id, first.id);
      await settle(delivered, [again?.delivery as Delivery]);
      await house.storage.deliveries.insert([second]);
      const behind = await house.storage.deliveries.replay(ORG, first.id, NOW + 3);
      assert.equal(behind?.nextAttemptAt, undefined);
      assert.deepEqual(await house.storage.deliveries.get(ORG, first.id), behind);
      const [head, ...none] = await claim({ now: NOW + 3 });
      assert.deepEqual([head?.delivery.id, none.length], [second.id, 0]);
      await settle(delivered, [head?.delivery as Delivery]);
      assert.deepEqual(await claimedIds({ now: NOW + 3 }), [first.id]);
    });

    test('that are dead are sent again together, each once, as the filter says', async () => {
      const orgId = `org-replay-${engine}`;
      const made = Array.from({ length: 450 }, (_, index) =>
        aDelivery({
          orgId,
          streamId: `s-${index % 300}`,
          createdAt: NOW + index,
          type: index < 440 ? 'x' : 'y',
        }),
      );
      await house.storage.deliveries.insert(made);
      for (const _ of [1, 2])
        await settle(
          dead,
          (await claim({ now: NOW + 1_000 })).map(({ delivery }) => delivery),
        );
      assert.equal(await house.storage.deliveries.replayAll(OTHER_ORG, { status: 'dead' }, NOW), 0);
      const filter = { status: 'dead', type: 'x', since: NOW + 10 } as const;
      const url = 'https://nobody.example/';
      assert.equal(
        await house.storage.deliveries.replayAll(orgId, { ...filter, endpoint: url }, NOW + 2_000),
        0,
      );
      assert.equal(await house.storage.deliveries.replayAll(orgId, filter, NOW + 2_000), 430);
      assert.equal(await house.storage.deliveries.replayAll(orgId, filter, NOW + 2_000), 0);
      // Of the streams that have two, the second waits for the first.
      assert.equal((await claim({ now: NOW + 2_000 })).length, 300);
    });

    test('that are settled are kept for their time, those that wait for ever', async () => {
      const orgId = `org-prune-${engine}`;
      const [gone, alive, waiting] = [aDelivery({ orgId }), aDelivery({ orgId }), aDelivery({ orgId })];
      await house.storage.deliveries.insert([gone, alive]);
      const [first, second] = (await claim()).map(({ delivery }) => delivery);
      await settle(delivered, [first as Delivery]);
      await settle(dead, [second as Delivery]);
      await house.storage.deliveries.insert([waiting]);
      const bounds = { deliveredBefore: NOW + 1, deadBefore: NOW };
      assert.equal(await house.storage.deliveries.prune({ ...bounds, limit: 1 }), 1);
      while ((await house.storage.deliveries.prune({ ...bounds, limit: 50 })) > 0);
      assert.equal(await house.storage.deliveries.get(orgId, gone.id), undefined);
      assert.equal((await house.storage.deliveries.get(orgId, alive.id))?.status, 'dead');
      assert.equal((await house.storage.deliveries.get(orgId, waiting.id))?.status, 'pending');
    });

    describe('of a call', () => {
      const ofCall = (call: { id: string }, fields: Partial<NewDelivery> = {}) =>
        aDelivery({ callId: call.id, streamId: call.id, ...fields });

      test('are written with its changes or not at all, and told of after the commit', async () => {
        const call = aCall();
        const told: number[] = [];
        const forget = house.storage.deliveries.fellDue.on((endpoints) => told.push(endpoints.length));
        const [first, second, third, fourth, lost] = Array.from({ length: 5 }, () => ofCall(call)) as [
          NewDelivery,
          NewDelivery,
          NewDelivery,
          NewDelivery,
          NewDelivery,
        ];
        await house.storage.calls.insert(call, [anEvent(call, 'call.ringing')], [first]);
        await house.storage.calls.record(ORG, call.id, [], undefined, [second]);
        await assert.rejects(house.storage.calls.record(ORG, call.id, [], ended, [lost]), TypeError);
        await assert.rejects(house.storage.calls.insert(call, [], [lost]));
        assert.equal(await house.storage.calls.record(OTHER_ORG, call.id, [], undefined, [lost]), undefined);
        await house.storage.calls.end(ORG, call.id, anEvent(call, 'call.ended'), ended, [third]);
        assert.equal(
          await house.storage.calls.end(ORG, call.id, anEvent(call, 'call.ended'), ended, [lost]),
          undefined,
        );
        const late = await house.storage.calls.record(
          ORG,
          call.id,
          [anEvent(call, 'message.added')],
          undefined,
          [fourth, third],
        );
        assert.equal(late?.status, 'ended');
        forget();
        const listed = await house.storage.deliveries.list(ORG, { limit: 10, callId: call.id });
        assert.deepEqual(
          listed.map(({ id }) => id),
          [fourth.id, third.id, second.id, first.id],
        );
        assert.deepEqual(told, [1, 1], 'what waits behind others of its lane is not due');
        assert.equal((await house.storage.calls.events(ORG, call.id)).length, 2);
      });

      test('that wait outlive it, those that were told go with it', async () => {
        const call = aCall();
        const [told, waiting] = [ofCall(call), ofCall(call)];
        await house.storage.calls.insert(call, [anEvent(call, 'call.ringing')], [told]);
        const [claimed] = await claim();
        await settle(delivered, [claimed?.delivery as Delivery]);
        assert.deepEqual(await house.storage.calls.remove(ORG, call.id), call, 'a call that is up stays');
        await house.storage.calls.end(ORG, call.id, anEvent(call, 'call.ended'), ended, [waiting]);
        assert.equal(await house.storage.calls.remove(OTHER_ORG, call.id), undefined);
        assert.deepEqual(await house.storage.calls.remove(ORG, call.id), ended(call));
        assert.equal(await house.storage.calls.get(ORG, call.id), undefined);
        assert.deepEqual(await house.storage.calls.events(ORG, call.id), []);
        assert.equal(await house.storage.deliveries.get(ORG, told.id), undefined);
        assert.deepEqual(await claimedIds(), [waiting.id]);
      });
    });
  });
}
