import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Storage } from '../../src/storage/open-storage.ts';
import { ENGINES, type StorageHouse } from './storage-houses.ts';
import { aCall, anEvent, ended, ORG, OTHER_ORG } from './storage-samples.ts';

for (const [engine, openHouse] of ENGINES) {
  describe(`storage of calls on ${engine}`, () => {
    let house: StorageHouse;
    let storage: Storage;

    before(async () => {
      house = await openHouse();
      storage = await house.open();
    });

    after(async () => {
      await storage?.close();
      await house?.stop();
    });

    describe('calls', () => {
      test('carry numbered events, in order, from the first to the last', async () => {
        const call = aCall();
        const many = Array.from({ length: 45 }, (_, index) => anEvent(call, 'dtmf.received', { index }));
        await storage.calls.insert(call, [anEvent(call, 'call.ringing'), anEvent(call, 'call.routed')]);
        await storage.calls.record(ORG, call.id, many);
        const answered = await storage.calls.record(
          ORG,
          call.id,
          [anEvent(call, 'call.answered')],
          (current) => ({
            ...current,
            status: 'in-progress',
          }),
        );
        assert.deepEqual(answered, { ...call, status: 'in-progress' });
        assert.deepEqual(await storage.calls.get(ORG, call.id), answered);
        const events = await storage.calls.events(ORG, call.id);
        assert.deepEqual(
          events.map(({ seq }) => seq),
          Array.from({ length: 48 }, (_, index) => index + 1),
        );
        assert.deepEqual(events[10], { ...many[8], seq: 11 });
        assert.deepEqual(await storage.calls.events(ORG, call.id, 45), events.slice(45));
        assert.deepEqual(await storage.calls.events(ORG, call.id, 48), []);
        assert.deepEqual(await storage.calls.events(OTHER_ORG, call.id), []);
        assert.equal(await storage.calls.record(OTHER_ORG, call.id, []), undefined);
      });

      test('number the events of many writers without gap or double', async () => {
        const call = aCall();
        await storage.calls.insert(call, []);
        const writes = Array.from({ length: 30 }, (_, index) =>
          storage.calls.record(ORG, call.id, [
            anEvent(call, 'message.added', { index }),
            anEvent(call, 'turn.measured', { index }),
          ]),
        );
        await Promise.all(writes);
        const events = await storage.calls.events(ORG, call.id);
        assert.deepEqual(
          events.map(({ seq }) => seq),
          Array.from({ length: 60 }, (_, index) => index + 1),
        );
        for (let at = 0; at < 60; at += 2) assert.equal(events[at]?.data.index, events[at + 1]?.data.index);
      });

      test('end once, however many say so at the same time', async () => {
        const call = aCall();
        await storage.calls.insert(call, []);
        const ends = await Promise.all(
          Array.from({ length: 20 }, () =>
            storage.calls.end(ORG, call.id, anEvent(call, 'call.ended'), ended),
          ),
        );
        assert.equal(ends.filter((result) => result !== undefined).length, 1);
        assert.equal((await storage.calls.events(ORG, call.id)).length, 1);
      });

      test('are never changed after their end', async () => {
        const call = aCall();
        await storage.calls.insert(call, []);
        const last = await storage.calls.end(ORG, call.id, anEvent(call, 'call.ended'), ended);
        assert.deepEqual(last, ended(call));
        const late = await storage.calls.record(
          ORG,
          call.id,
          [anEvent(call, 'message.added')],
          (current) => ({
            ...current,
            status: 'in-progress',
          }),
        );
        assert.deepEqual(late, last);
        assert.deepEqual(await storage.calls.get(ORG, call.id), last);
        assert.equal((await storage.calls.events(ORG, call.id)).length, 1);
      });

      test('end through end() alone, and end() must end them', async () => {
        const call = aCall();
        await storage.calls.insert(call, []);
        await assert.rejects(storage.calls.record(ORG, call.id, [], ended), TypeError);
        await assert.rejects(
          storage.calls.end(ORG, call.id, anEvent(call, 'call.ended'), (current) => current),
          TypeError,
        );
        await assert.rejects(storage.calls.record(ORG, call.id, [anEvent(aCall(), 'call.held')]), TypeError);
        assert.deepEqual(await storage.calls.get(ORG, call.id), call);
        assert.deepEqual(await storage.calls.events(ORG, call.id), []);
      });

      test('are renamed while up and after their end, without another change', async () => {
        const call = aCall();
        await storage.calls.insert(call, [anEvent(call, 'call.ringing')]);
        const named = await storage.calls.rename(ORG, call.id, 'Ann', 7);
        assert.deepEqual(named, { ...call, name: 'Ann', updatedAt: 7 });
        const last = await storage.calls.end(ORG, call.id, anEvent(call, 'call.ended'), ended);
        assert.equal(last?.name, 'Ann');
        assert.deepEqual(await storage.calls.rename(ORG, call.id, undefined, 8), {
          ...ended(call),
          updatedAt: 8,
        });
        assert.equal(await storage.calls.rename(OTHER_ORG, call.id, 'Bob', 9), undefined);
        assert.equal((await storage.calls.events(ORG, call.id)).length, 2);
      });

      test('are listed by id, agent and number, and while open over all orgs', async () => {
        const org = 'org-calls';
        const first = aCall({ orgId: org, createdAt: 1, agentId: 'agent-1', numberId: 'number-1' });
        const second = aCall({ orgId: org, createdAt: 2, agentId: 'agent-2', numberId: 'number-1' });
        for (const call of [first, second]) await storage.calls.insert(call, []);
        const list = async (query: object) =>
          (await storage.calls.list(org, { limit: 10, ...query })).map(({ id }) => id);
        assert.deepEqual(await list({}), [second.id, first.id]);
        assert.deepEqual(await list({ id: first.id }), [first.id]);
        assert.deepEqual(await list({ agentId: 'agent-2' }), [second.id]);
        assert.deepEqual(await list({ numberId: 'number-1', createdAt: { lt: 2 } }), [first.id]);
        assert.deepEqual(await list({ numberId: 'number-1', agentId: 'agent-3' }), []);
        const open = async () =>
          (await storage.calls.listOpen()).filter(({ orgId }) => orgId === org).map(({ id }) => id);
        assert.deepEqual(await open(), [first.id, second.id]);
        await storage.calls.end(org, first.id, anEvent(first, 'call.ended'), ended);
        assert.deepEqual(await open(), [second.id]);
      });
    });
  });
}
