import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newId } from '../../src/lib/ids.ts';
import type { Storage } from '../../src/storage/open-storage.ts';
import { ENGINES, type StorageHouse } from './storage-houses.ts';
import { aCall, aNumber, anEvent, ORG } from './storage-samples.ts';

/** Writes and reads in turn, enough that a read which could see an older state of the database would. */
const ROUNDS = 100;

for (const [engine, openHouse] of ENGINES) {
  describe(`a write that has resolved, on ${engine}`, () => {
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

    /** Keeps the writer busy: what is read meanwhile is read beside open transactions. */
    async function amidWrites(work: () => Promise<void>): Promise<void> {
      let over = false;
      const busy = aNumber({ sipUri: `sip:busy-${newId()}@x` });
      await storage.numbers.insert(busy);
      const writing = (async () => {
        while (!over)
          await storage.numbers.update(ORG, busy.id, (n) => ({ ...n, updatedAt: n.updatedAt + 1 }));
      })();
      try {
        await work();
      } finally {
        over = true;
        await writing;
      }
    }

    test('as one statement is seen by the next read by key', () =>
      amidWrites(async () => {
        for (let round = 0; round < ROUNDS; round += 1) {
          const number = aNumber({ sipUri: `sip:seen-${round}@x` });
          await storage.numbers.insert(number);
          assert.deepEqual(await storage.numbers.get(ORG, number.id), number);
          assert.equal((await storage.numbers.findBySipUser(`seen-${round}`))?.id, number.id);
          await storage.numbers.remove(ORG, number.id);
          assert.equal(await storage.numbers.get(ORG, number.id), undefined);
        }
      }));

    test('as a transaction is seen by the next read by key', () =>
      amidWrites(async () => {
        const call = aCall();
        await storage.calls.insert(call, []);
        for (let round = 1; round <= ROUNDS; round += 1) {
          const event = anEvent(call, 'dtmf.received', { round });
          await storage.calls.record(ORG, call.id, [event], (current) => ({ ...current, updatedAt: round }));
          assert.equal((await storage.calls.get(ORG, call.id))?.updatedAt, round);
          assert.deepEqual((await storage.calls.events(ORG, call.id)).at(-1), { ...event, seq: round });
        }
      }));

    test('is seen by reads that are asked together with the next writes', () =>
      amidWrites(async () => {
        const number = aNumber({ sipUri: 'sip:together@x' });
        await storage.numbers.insert(number);
        for (let round = 1; round <= ROUNDS; round += 1) {
          const [written, read] = await Promise.all([
            storage.numbers.update(ORG, number.id, (current) => ({ ...current, name: `name ${round}` })),
            storage.numbers.get(ORG, number.id),
          ]);
          assert.equal(written?.name, `name ${round}`);
          // The write beside it may or may not have come first; the one before it has.
          const before = round === 1 ? undefined : `name ${round - 1}`;
          assert.ok([before, `name ${round}`].includes(read?.name), `${read?.name} in round ${round}`);
        }
      }));
  });
}
