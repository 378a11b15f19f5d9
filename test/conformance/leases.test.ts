import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Storage } from '../../src/storage/open-storage.ts';
import { ENGINES, type StorageHouse } from './storage-houses.ts';

/** More than one statement writes. */
const MANY = 450;

for (const [engine, openHouse] of ENGINES) {
  describe(`leases on ${engine}`, () => {
    let house: StorageHouse;
    let one: Storage;
    let two: Storage;

    before(async () => {
      house = await openHouse();
      one = await house.open();
      two = await house.open();
    });
    after(async () => {
      await one?.close();
      await two?.close();
      await house?.stop();
    });

    test('are held by who took them first, until they expire unless he renews them', async () => {
      assert.deepEqual(await one.leases.hold(['x'], 'one', 0, 100), ['x']);
      assert.deepEqual(await two.leases.hold(['x', 'y'], 'two', 50, 150), ['y']);
      assert.deepEqual(await one.leases.hold(['x', 'y'], 'one', 90, 190), ['x']);
      assert.deepEqual(await two.leases.hold(['x'], 'two', 189, 289), []);
      assert.deepEqual(await two.leases.hold(['x'], 'two', 190, 290), ['x']);
      assert.deepEqual(await one.leases.hold(['x'], 'one', 200, 300), []);
    });

    test('are free once their holder has given them up, and nobody else can', async () => {
      await one.leases.hold(['given'], 'one', 0, 100);
      await two.leases.release(['given'], 'two');
      assert.deepEqual(await two.leases.hold(['given'], 'two', 1, 101), []);
      await one.leases.release(['given', 'never taken'], 'one');
      assert.deepEqual(await two.leases.hold(['given'], 'two', 2, 102), ['given']);
      assert.deepEqual(await one.leases.hold([], 'one', 2, 102), []);
    });

    test('go to one of two processes each, however many both want at once', async () => {
      const names = Array.from({ length: MANY }, (_, at) => `lease ${at}`);
      const [ones, twos] = await Promise.all([
        one.leases.hold(names, 'one', 0, 100),
        two.leases.hold(names.toReversed(), 'two', 0, 100),
      ]);
      assert.equal(new Set([...ones, ...twos]).size, MANY);
      assert.equal(ones.length + twos.length, MANY);
    });
  });
}
