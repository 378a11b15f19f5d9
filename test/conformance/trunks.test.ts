import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TrunkGateway } from '../../src/domain/credentials/credential.ts';
import { newId } from '../../src/lib/ids.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { Storage } from '../../src/storage/open-storage.ts';
import { ENGINES, type StorageHouse } from './storage-houses.ts';
import { aNumber, aTrunk, ORG, OTHER_ORG } from './storage-samples.ts';

const gateway = (ip: string, fields: Partial<TrunkGateway> = {}): TrunkGateway => ({
  ip,
  port: 5060,
  netmask: 32,
  inboundEnabled: true,
  outboundEnabled: true,
  outboundProtocol: 'udp',
  optionsPingEnabled: false,
  ...fields,
});

for (const [engine, openHouse] of ENGINES) {
  describe(`trunks on ${engine}`, () => {
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

    const foundBy = async (address: string) =>
      (await storage.trunks.findBySource(address, 10)).map(({ id }) => id);

    test('are found over all orgs by any address in a network of theirs, the oldest first', async () => {
      const wide = aTrunk({ gateways: [gateway('198.51.100.77', { netmask: 24 })], createdAt: 2 });
      const narrow = aTrunk({ orgId: OTHER_ORG, gateways: [gateway('198.51.100.9')], createdAt: 1 });
      const twice = [gateway('198.51.100.8', { netmask: 31 }), gateway('198.51.100.9', { netmask: 31 })];
      const pair = aTrunk({ gateways: twice, createdAt: 3 });
      for (const trunk of [wide, narrow, pair]) await storage.credentials.insert(trunk);
      assert.deepEqual(await foundBy('198.51.100.9'), [narrow.id, wide.id, pair.id]);
      assert.deepEqual(await foundBy('::ffff:198.51.100.200'), [wide.id]);
      assert.deepEqual(await foundBy('198.51.101.9'), []);
      assert.deepEqual(await foundBy('2001:db8::1'), []);
      assert.equal((await storage.trunks.findBySource('198.51.100.9', 2)).length, 2);
      const [found] = await storage.trunks.findBySource('198.51.100.9', 1);
      assert.deepEqual(found, narrow);
    });

    test('are not found by a gateway that sends no calls, nor by a name', async () => {
      await storage.credentials.insert(
        aTrunk({
          gateways: [
            gateway('203.0.113.1', { inboundEnabled: false }),
            gateway('sbc.example', { inboundEnabled: false }),
          ],
        }),
      );
      assert.deepEqual(await foundBy('203.0.113.1'), []);
    });

    test('are found by their networks of now, and no more once they are gone', async () => {
      const trunk = aTrunk({ gateways: [gateway('203.0.113.20')] });
      await storage.credentials.insert(trunk);
      await storage.credentials.update(ORG, trunk.id, (current) => ({
        ...current,
        gateways: [gateway('203.0.113.21')],
      }));
      assert.deepEqual(await foundBy('203.0.113.20'), []);
      assert.deepEqual(await foundBy('203.0.113.21'), [trunk.id]);
      await storage.credentials.remove(ORG, trunk.id);
      assert.deepEqual(await foundBy('203.0.113.21'), []);
    });

    test('a change that fails leaves the networks as they were', async () => {
      const trunk = aTrunk({ gateways: [gateway('203.0.113.30')] });
      await storage.credentials.insert(trunk);
      const failing = storage.credentials.update(ORG, trunk.id, () => {
        throw new RangeError('not this way');
      });
      await assert.rejects(failing, RangeError);
      assert.deepEqual(await foundBy('203.0.113.30'), [trunk.id]);
    });

    test('are found by id whatever the org, other credentials are not', async () => {
      const trunk = aTrunk({ orgId: OTHER_ORG });
      const now = trunk.createdAt;
      const base = { id: newId(), orgId: ORG, createdAt: now, updatedAt: now };
      await storage.credentials.insert(trunk);
      await storage.credentials.insert({ ...base, provider: 'telnyx', apiKey: new Secret('k') });
      assert.deepEqual(await storage.trunks.find(trunk.id), trunk);
      assert.equal(await storage.trunks.find(base.id), undefined);
      assert.equal(await storage.trunks.find("' or 1=1 --"), undefined);
    });

    test('are listed in slices by id, with when they last changed', async () => {
      const all = [];
      for (let after: string | undefined; ; ) {
        const slice = await storage.trunks.stamps(after, 2);
        all.push(...slice);
        after = slice.at(-1)?.id;
        if (slice.length < 2) break;
      }
      const ids = all.map(({ id }) => id);
      assert.deepEqual(ids, [...new Set(ids)].sort());
      const trunk = aTrunk({ updatedAt: 1_700_000_000_777 });
      await storage.credentials.insert(trunk);
      const stamps = await storage.trunks.stamps(undefined, 100);
      assert.equal(stamps.length, all.length + 1);
      assert.equal(stamps.find(({ id }) => id === trunk.id)?.updatedAt, 1_700_000_000_777);
    });

    test('have their numbers found, the oldest first', async () => {
      const credentialId = newId();
      const later = aNumber({ carrier: 'trunk', credentialId, address: '1234', createdAt: 2 });
      const sooner = aNumber({ carrier: 'trunk', credentialId, address: 'abc', createdAt: 1 });
      for (const number of [later, sooner]) await storage.numbers.insert(number);
      assert.deepEqual(await storage.numbers.findByCredential(credentialId, 10), [sooner, later]);
      assert.deepEqual(await storage.numbers.findByCredential(credentialId, 1), [sooner]);
      assert.deepEqual(await storage.numbers.findByCredential(newId(), 10), []);
    });

    test('have the one number found that is dialled, or the oldest without an address', async () => {
      const [credentialId, otherId] = [newId(), newId()];
      const onTrunk = { carrier: 'trunk', credentialId } as const;
      const address = '+14155550188';
      const own = aNumber({ ...onTrunk, address });
      const twin = aNumber({ ...onTrunk, credentialId: otherId, address });
      const later = aNumber({ ...onTrunk, createdAt: 3 });
      const sooner = aNumber({ ...onTrunk, createdAt: 2 });
      const named = aNumber({ ...onTrunk, createdAt: 1, sipUri: `sip:${newId()}@sip.example` });
      for (const number of [own, twin, later, sooner, named]) await storage.numbers.insert(number);
      const { numbers } = storage;
      assert.deepEqual(await numbers.findOnTrunk(credentialId, address), own);
      assert.deepEqual(await numbers.findOnTrunk(otherId, address), twin);
      assert.equal(await numbers.findOnTrunk(credentialId, '+14155550189'), undefined);
      assert.deepEqual(await numbers.findOnTrunk(credentialId, undefined), sooner);
      assert.equal(await numbers.findOnTrunk(otherId, undefined), undefined);
    });
  });
}
