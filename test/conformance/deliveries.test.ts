import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Delivery, NewDelivery } from '../../src/domain/deliveries/delivery.ts';
import type { ClaimQuery } from '../../src/domain/deliveries/delivery-repository.ts';
import { newId } from '../../src/lib/ids.ts';
import { Secret } from '../../src/lib/secret.ts';
import { aDelivery, dead, delivered, deliveryHouse, LEASE_MS, NOW } from './delivery-house.ts';
import { ENGINES } from './storage-houses.ts';
import { ORG, OTHER_ORG } from './storage-samples.ts';

for (const [engine, openHouse] of ENGINES) {
  describe(`deliveries on ${engine}`, () => {
    const house = deliveryHouse(openHouse);
    const { claim, claimedIds, settle } = house;

    test('come back as they were written, the secret of the server included', async () => {
      const delivery = aDelivery({
        callId: newId(),
        server: {
          url: 'https://customer.example/hook?a=1',
          secret: new Secret('whisper-1'),
          headers: { 'x-a': 'ä' },
        },
        body: JSON.stringify({ text: 'nul \0, lone \ud800, "$secret"' }),
      });
      await house.storage.deliveries.insert([delivery]);
      const stored = await house.storage.deliveries.get(ORG, delivery.id);
      assert.ok(stored);
      const { seq, ...rest } = stored;
      assert.ok(seq > 0);
      assert.deepEqual(rest, { ...delivery, status: 'pending', attempts: [], nextAttemptAt: NOW });
      assert.equal(rest.server.secret?.reveal(), 'whisper-1');
      assert.equal(await house.storage.deliveries.get(OTHER_ORG, delivery.id), undefined);
    });

    test('are claimed once, and in the order of their writing', async () => {
      const deliveries = Array.from({ length: 40 }, () => aDelivery());
      await house.storage.deliveries.insert(deliveries);
      assert.deepEqual(
        await claimedIds(),
        deliveries.map(({ id }) => id),
      );
      assert.deepEqual(await claimedIds({ owner: 'node-2' }), []);
    });

    test('of one stream to one endpoint are let through one by one', async () => {
      const mine = Array.from({ length: 3 }, () => aDelivery({ streamId: 'call-1' }));
      const elsewhere = aDelivery({ streamId: 'call-1', server: { url: 'https://other.example/' } });
      await house.storage.deliveries.insert([mine[0] as NewDelivery, elsewhere]);
      await house.storage.deliveries.insert(mine.slice(1));
      const [first, other, ...more] = await claim();
      assert.deepEqual([first?.delivery.id, other?.delivery.id], [mine[0]?.id, elsewhere.id]);
      assert.deepEqual(more, []);
      await settle({ status: 'pending', nextAttemptAt: NOW + 5_000 }, [first?.delivery as Delivery]);
      assert.deepEqual(await claimedIds({ now: NOW + 4_999 }), [], 'a retry holds back what is behind it');
      const [again] = await claim({ now: NOW + 5_000 });
      assert.equal(again?.delivery.id, mine[0]?.id);
      assert.equal(again?.delivery.attempts.length, 1);
      await settle(dead, [again?.delivery as Delivery]);
      const [second] = await claim();
      assert.equal(second?.delivery.id, mine[1]?.id, 'a dead one lets the next through');
      await settle(delivered, [second?.delivery as Delivery]);
      assert.deepEqual(await claimedIds(), [mine[2]?.id]);
    });

    test('that follow a delivered one are leased with its settling where that is asked for', async () => {
      const lane = Array.from({ length: 3 }, () => aDelivery({ streamId: 'call-run' }));
      const alone = aDelivery();
      await house.storage.deliveries.insert([...lane, alone]);
      const heads = (await claim()).map(({ delivery }) => delivery);
      const next = await settle(delivered, heads, { leaseNext: true });
      assert.deepEqual(
        next.map(({ delivery }) => delivery.id),
        [lane[1]?.id],
      );
      assert.deepEqual(await claimedIds({ owner: 'node-2' }), [], 'nobody else gets it');
      const none = await settle(dead, [next[0]?.delivery as Delivery], { leaseNext: true });
      assert.deepEqual(none, [], 'after one that is dead the endpoint may be paused');
      assert.deepEqual(await claimedIds({ owner: 'node-2' }), [lane[2]?.id]);
    });

    test('fall due again when their lease runs out, unless it is renewed', async () => {
      const delivery = aDelivery();
      await house.storage.deliveries.insert([delivery]);
      await claim();
      await house.storage.deliveries.renew('node-1', NOW + 2 * LEASE_MS);
      assert.deepEqual(await claimedIds({ owner: 'node-2', now: NOW + LEASE_MS }), []);
      const [taken] = await claim({ owner: 'node-2', now: NOW + 2 * LEASE_MS, until: NOW + 3 * LEASE_MS });
      assert.equal(taken?.delivery.id, delivery.id);
      // The first owner wakes up: that it failed says nothing any more, that it succeeded does.
      await settle(dead, [taken?.delivery as Delivery]);
      assert.equal((await house.storage.deliveries.get(ORG, delivery.id))?.status, 'pending');
      await settle(delivered, [taken?.delivery as Delivery]);
      assert.equal((await house.storage.deliveries.get(ORG, delivery.id))?.status, 'delivered');
      await settle(dead, [taken?.delivery as Delivery], { owner: 'node-2' });
      assert.equal((await house.storage.deliveries.get(ORG, delivery.id))?.status, 'delivered');
    });

    test('that a process gave back are due at once', async () => {
      const delivery = aDelivery();
      await house.storage.deliveries.insert([delivery]);
      await claim();
      assert.equal(await house.storage.deliveries.release('node-2', NOW), 0);
      assert.equal(await house.storage.deliveries.release('node-1', NOW), 1);
      assert.deepEqual(await claimedIds({ owner: 'node-2' }), [delivery.id]);
    });

    test('are claimed fairly: so many per endpoint, the longest due first', async () => {
      const late = Array.from({ length: 5 }, () =>
        aDelivery({ server: { url: 'https://a.example/' }, createdAt: NOW - 1 }),
      );
      const later = Array.from({ length: 5 }, () => aDelivery({ server: { url: 'https://b.example/' } }));
      const foreign = aDelivery({ orgId: OTHER_ORG, server: { url: 'https://a.example/' } });
      await house.storage.deliveries.insert([...later, ...late, foreign]);
      const urls = async (fields: Partial<ClaimQuery>) =>
        (await claim(fields)).map(({ delivery }) => `${delivery.orgId} ${delivery.server.url}`).sort();
      assert.deepEqual(await urls({ perEndpoint: 2, limit: 3 }), [
        `${ORG} https://a.example/`,
        `${ORG} https://a.example/`,
        `${ORG} https://b.example/`,
      ]);
      assert.deepEqual(await urls({ perEndpoint: 2 }), [
        `${ORG} https://a.example/`,
        `${ORG} https://a.example/`,
        `${ORG} https://b.example/`,
        `${ORG} https://b.example/`,
        `${OTHER_ORG} https://a.example/`,
      ]);
    });

    test('are claimed by many at once, none of them twice', async () => {
      const made = Array.from({ length: 60 }, () => aDelivery());
      await house.storage.deliveries.insert(made);
      const second = await house.openSecond();
      const got: string[] = [];
      for (let round = 0; round < 20 && got.length < made.length; round += 1) {
        const claims = [house.storage, second].flatMap(({ deliveries }, index) =>
          Array.from({ length: 3 }, () =>
            deliveries.claim({
              owner: `node-${index + 1}`,
              until: NOW + LEASE_MS,
              now: NOW,
              limit: 7,
              perEndpoint: 7,
            }),
          ),
        );
        for (const claimed of await Promise.all(claims))
          got.push(...claimed.map(({ delivery }) => delivery.id));
      }
      await second.close();
      assert.deepEqual(got.toSorted(), made.map(({ id }) => id).toSorted());
    });

    test('are claimed without some endpoints, or of some alone', async () => {
      const [a, b] = ['https://a.example/', 'https://b.example/'].map((url) =>
        aDelivery({ server: { url } }),
      );
      await house.storage.deliveries.insert([a as NewDelivery, b as NewDelivery]);
      const [first] = await claim({ limit: 1 });
      await house.storage.deliveries.release('node-1', NOW);
      const key = first?.endpointKey ?? '';
      const others = await claimedIds({ except: [key] });
      assert.deepEqual(others, [b?.id]);
      assert.deepEqual(await claimedIds({ only: [key] }), [a?.id]);
    });

    test('wait while their endpoint is paused, until it is resumed', async () => {
      const url = 'https://paused.example/';
      const [first, second] = [aDelivery({ server: { url } }), aDelivery({ server: { url } })];
      const other = aDelivery();
      await house.storage.deliveries.insert([first]);
      const [claimed] = await claim();
      await settle({ status: 'pending', nextAttemptAt: NOW }, [claimed?.delivery as Delivery], {
        health: (health) => ({ ...health, consecutiveFailures: 20, pausedUntil: NOW + 1_000, pauses: 1 }),
      });
      await house.storage.deliveries.insert([second, other]);
      assert.deepEqual(await claimedIds(), [other.id]);
      const listed = (await house.storage.deliveries.endpoints(ORG)).find((endpoint) => endpoint.url === url);
      const paused = {
        orgId: ORG,
        url,
        consecutiveFailures: 20,
        pausedUntil: NOW + 1_000,
        pauses: 1,
        pending: 2,
      };
      assert.deepEqual(listed, paused);
      assert.deepEqual(await house.storage.deliveries.endpoints(OTHER_ORG + engine), []);
      assert.equal(await house.storage.deliveries.resume(OTHER_ORG, url, NOW), undefined);
      const { pausedUntil: _, ...resumed } = paused;
      assert.deepEqual(await house.storage.deliveries.resume(ORG, url, NOW), resumed);
      assert.deepEqual(await claimedIds(), [first.id, second.id]);
    });

    test('whose id is stored already are left out, and hold up nobody', async () => {
      const lane = { streamId: 'call-twice' };
      const [first, second, third] = [aDelivery(lane), aDelivery(lane), aDelivery(lane)];
      await house.storage.deliveries.insert([first]);
      const [claimed] = await claim();
      await settle(delivered, [claimed?.delivery as Delivery]);
      await house.storage.deliveries.insert([{ ...first, body: '"other"' }, second, third]);
      assert.equal((await house.storage.deliveries.get(ORG, first.id))?.body, first.body);
      assert.deepEqual(await claimedIds(), [second.id]);
    });

    test('written and settled at the same time keep every lane moving', async () => {
      const lanes = Array.from({ length: 10 }, (_, index) => `race-${index}`);
      let left = 0;
      const write = async (streamId: string) => {
        for (let round = 0; round < 10; round += 1)
          await house.storage.deliveries.insert([aDelivery({ streamId })]);
      };
      const writing = Promise.all(lanes.map(write));
      let written = false;
      void writing.then(() => {
        written = true;
      });
      const arrived = new Map<string, number[]>();
      for (;;) {
        const last = written;
        const claimed = await claim();
        await settle(
          delivered,
          claimed.map(({ delivery }) => delivery),
        );
        for (const { delivery } of claimed)
          arrived.set(delivery.streamId, [...(arrived.get(delivery.streamId) ?? []), delivery.seq]);
        left = claimed.length;
        if (last && left === 0) break;
      }
      await writing;
      for (const lane of lanes) {
        const seqs = arrived.get(lane) ?? [];
        assert.equal(seqs.length, 10, lane);
        assert.deepEqual(
          seqs,
          seqs.toSorted((a, b) => a - b),
        );
      }
    });
  });
}
