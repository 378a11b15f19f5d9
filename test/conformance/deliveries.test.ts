import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Delivery, NewDelivery } from '../../src/domain/deliveries/delivery.ts';
import type {
  ClaimedDelivery,
  ClaimQuery,
  EndpointHealth,
  Settlement,
} from '../../src/domain/deliveries/delivery-repository.ts';
import { newId } from '../../src/lib/ids.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { Storage } from '../../src/storage/open-storage.ts';
import { ENGINES, type StorageHouse } from './storage-houses.ts';
import { aCall, anEvent, ended, ORG, OTHER_ORG } from './storage-samples.ts';

const NOW = 1_700_000_000_000;
const LEASE_MS = 60_000;

function aDelivery(fields: Partial<NewDelivery> = {}): NewDelivery {
  const id = newId();
  return {
    id,
    orgId: ORG,
    streamId: `stream-${id}`,
    type: 'status-update',
    server: { url: 'https://customer.example/hook' },
    body: '{"message":{}}',
    createdAt: NOW,
    ...fields,
  };
}

const unchanged = (health: EndpointHealth) => health;

for (const [engine, openHouse] of ENGINES) {
  describe(`deliveries on ${engine}`, () => {
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

    const claim = (fields: Partial<ClaimQuery> = {}): Promise<ClaimedDelivery[]> =>
      storage.deliveries.claim({
        owner: 'node-1',
        until: NOW + LEASE_MS,
        now: NOW,
        limit: 1_000,
        perEndpoint: 1_000,
        ...fields,
      });
    const claimedIds = async (fields: Partial<ClaimQuery> = {}) =>
      (await claim(fields)).map(({ delivery }) => delivery.id);
    const settle = (
      outcome: Settlement['outcome'],
      deliveries: Delivery[],
      { owner = 'node-1', now = NOW, health = unchanged, leaseNext = false } = {},
    ) =>
      storage.deliveries.settle(
        deliveries.map(({ seq }) => ({
          seq,
          outcome,
          leaseNext,
          attempt: { at: now, durationMs: 5, status: 200 },
        })),
        { owner, now, until: now + LEASE_MS },
        health,
      );
    const delivered = { status: 'delivered' } as const;
    const dead = { status: 'dead' } as const;

    /** Each test begins with nothing that waits. */
    beforeEach(async () => {
      await storage.deliveries.release('node-1', 0);
      await storage.deliveries.release('node-2', 0);
      for (;;) {
        const left = await claim({ now: Number.MAX_SAFE_INTEGER, until: Number.MAX_SAFE_INTEGER });
        if (left.length === 0) break;
        await settle(
          delivered,
          left.map(({ delivery }) => delivery),
        );
      }
    });

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
      await storage.deliveries.insert([delivery]);
      const stored = await storage.deliveries.get(ORG, delivery.id);
      assert.ok(stored);
      const { seq, ...rest } = stored;
      assert.ok(seq > 0);
      assert.deepEqual(rest, { ...delivery, status: 'pending', attempts: [], nextAttemptAt: NOW });
      assert.equal(rest.server.secret?.reveal(), 'whisper-1');
      assert.equal(await storage.deliveries.get(OTHER_ORG, delivery.id), undefined);
    });

    test('are claimed once, and in the order of their writing', async () => {
      const deliveries = Array.from({ length: 40 }, () => aDelivery());
      await storage.deliveries.insert(deliveries);
      assert.deepEqual(
        await claimedIds(),
        deliveries.map(({ id }) => id),
      );
      assert.deepEqual(await claimedIds({ owner: 'node-2' }), []);
    });

    test('of one stream to one endpoint are let through one by one', async () => {
      const mine = Array.from({ length: 3 }, () => aDelivery({ streamId: 'call-1' }));
      const elsewhere = aDelivery({ streamId: 'call-1', server: { url: 'https://other.example/' } });
      await storage.deliveries.insert([mine[0] as NewDelivery, elsewhere]);
      await storage.deliveries.insert(mine.slice(1));
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
      await storage.deliveries.insert([...lane, alone]);
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
      await storage.deliveries.insert([delivery]);
      await claim();
      await storage.deliveries.renew('node-1', NOW + 2 * LEASE_MS);
      assert.deepEqual(await claimedIds({ owner: 'node-2', now: NOW + LEASE_MS }), []);
      const [taken] = await claim({ owner: 'node-2', now: NOW + 2 * LEASE_MS, until: NOW + 3 * LEASE_MS });
      assert.equal(taken?.delivery.id, delivery.id);
      // The first owner wakes up: that it failed says nothing any more, that it succeeded does.
      await settle(dead, [taken?.delivery as Delivery]);
      assert.equal((await storage.deliveries.get(ORG, delivery.id))?.status, 'pending');
      await settle(delivered, [taken?.delivery as Delivery]);
      assert.equal((await storage.deliveries.get(ORG, delivery.id))?.status, 'delivered');
      await settle(dead, [taken?.delivery as Delivery], { owner: 'node-2' });
      assert.equal((await storage.deliveries.get(ORG, delivery.id))?.status, 'delivered');
    });

    test('that a process gave back are due at once', async () => {
      const delivery = aDelivery();
      await storage.deliveries.insert([delivery]);
      await claim();
      assert.equal(await storage.deliveries.release('node-2', NOW), 0);
      assert.equal(await storage.deliveries.release('node-1', NOW), 1);
      assert.deepEqual(await claimedIds({ owner: 'node-2' }), [delivery.id]);
    });

    test('are claimed fairly: so many per endpoint, the longest due first', async () => {
      const late = Array.from({ length: 5 }, () =>
        aDelivery({ server: { url: 'https://a.example/' }, createdAt: NOW - 1 }),
      );
      const later = Array.from({ length: 5 }, () => aDelivery({ server: { url: 'https://b.example/' } }));
      const foreign = aDelivery({ orgId: OTHER_ORG, server: { url: 'https://a.example/' } });
      await storage.deliveries.insert([...later, ...late, foreign]);
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
      await storage.deliveries.insert(made);
      const second = await house.open();
      const got: string[] = [];
      for (let round = 0; round < 20 && got.length < made.length; round += 1) {
        const claims = [storage, second].flatMap(({ deliveries }, index) =>
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
      await storage.deliveries.insert([a as NewDelivery, b as NewDelivery]);
      const [first] = await claim({ limit: 1 });
      await storage.deliveries.release('node-1', NOW);
      const key = first?.endpointKey ?? '';
      const others = await claimedIds({ except: [key] });
      assert.deepEqual(others, [b?.id]);
      assert.deepEqual(await claimedIds({ only: [key] }), [a?.id]);
    });

    test('wait while their endpoint is paused, until it is resumed', async () => {
      const url = 'https://paused.example/';
      const [first, second] = [aDelivery({ server: { url } }), aDelivery({ server: { url } })];
      const other = aDelivery();
      await storage.deliveries.insert([first]);
      const [claimed] = await claim();
      await settle({ status: 'pending', nextAttemptAt: NOW }, [claimed?.delivery as Delivery], {
        health: (health) => ({ ...health, consecutiveFailures: 20, pausedUntil: NOW + 1_000, pauses: 1 }),
      });
      await storage.deliveries.insert([second, other]);
      assert.deepEqual(await claimedIds(), [other.id]);
      const listed = (await storage.deliveries.endpoints(ORG)).find((endpoint) => endpoint.url === url);
      const paused = {
        orgId: ORG,
        url,
        consecutiveFailures: 20,
        pausedUntil: NOW + 1_000,
        pauses: 1,
        pending: 2,
      };
      assert.deepEqual(listed, paused);
      assert.deepEqual(await storage.deliveries.endpoints(OTHER_ORG + engine), []);
      assert.equal(await storage.deliveries.resume(OTHER_ORG, url, NOW), undefined);
      const { pausedUntil: _, ...resumed } = paused;
      assert.deepEqual(await storage.deliveries.resume(ORG, url, NOW), resumed);
      assert.deepEqual(await claimedIds(), [first.id, second.id]);
    });

    test('whose id is stored already are left out, and hold up nobody', async () => {
      const lane = { streamId: 'call-twice' };
      const [first, second, third] = [aDelivery(lane), aDelivery(lane), aDelivery(lane)];
      await storage.deliveries.insert([first]);
      const [claimed] = await claim();
      await settle(delivered, [claimed?.delivery as Delivery]);
      await storage.deliveries.insert([{ ...first, body: '"other"' }, second, third]);
      assert.equal((await storage.deliveries.get(ORG, first.id))?.body, first.body);
      assert.deepEqual(await claimedIds(), [second.id]);
    });

    test('written and settled at the same time keep every lane moving', async () => {
      const lanes = Array.from({ length: 10 }, (_, index) => `race-${index}`);
      let left = 0;
      const write = async (streamId: string) => {
        for (let round = 0; round < 10; round += 1)
          await storage.deliveries.insert([aDelivery({ streamId })]);
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
      await storage.deliveries.insert(made);
      const list = async (query: object) =>
        (await storage.deliveries.list(orgId, { limit: 10, ...query })).map(({ id }) =>
          made.findIndex((delivery) => delivery.id === id),
        );
      assert.deepEqual(await list({}), [2, 1, 0]);
      const [newest] = await storage.deliveries.list(orgId, { limit: 1 });
      assert.deepEqual(await list({ before: newest?.seq, limit: 1 }), [1]);
      assert.deepEqual(await list({ type: 'a' }), [2, 0]);
      assert.deepEqual(await list({ callId: 'call-1' }), [1]);
      assert.deepEqual(await list({ endpoint: 'https://list.example/2' }), [2]);
      assert.deepEqual(await list({ status: 'dead' }), []);
      assert.deepEqual(await storage.deliveries.list('org-none', { limit: 10 }), []);
    });

    test('are sent again by hand, behind what waits in their lane', async () => {
      const lane = { streamId: 'call-replay' };
      const [first, second] = [aDelivery(lane), aDelivery(lane)];
      await storage.deliveries.insert([first]);
      const [claimed] = await claim();
      await settle(dead, [claimed?.delivery as Delivery]);
      assert.equal(await storage.deliveries.replay(OTHER_ORG, first.id, NOW + 1), undefined);
      const replayed = await storage.deliveries.replay(ORG, first.id, NOW + 1);
      assert.deepEqual(await storage.deliveries.get(ORG, first.id), replayed);
      assert.deepEqual([replayed?.status, replayed?.replayedAt], ['pending', NOW + 1]);
      assert.deepEqual(await storage.deliveries.replay(ORG, first.id, NOW + 2), replayed, 'it waits already');
      const [again] = await claim({ now: NOW + 1 });
      assert.equal(again?.delivery.id, first.id);
      await settle(delivered, [again?.delivery as Delivery]);
      await storage.deliveries.insert([second]);
      const behind = await storage.deliveries.replay(ORG, first.id, NOW + 3);
      assert.equal(behind?.nextAttemptAt, undefined);
      assert.deepEqual(await storage.deliveries.get(ORG, first.id), behind);
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
      await storage.deliveries.insert(made);
      for (const _ of [1, 2])
        await settle(
          dead,
          (await claim({ now: NOW + 1_000 })).map(({ delivery }) => delivery),
        );
      assert.equal(await storage.deliveries.replayAll(OTHER_ORG, { status: 'dead' }, NOW), 0);
      const filter = { status: 'dead', type: 'x', since: NOW + 10 } as const;
      const url = 'https://nobody.example/';
      assert.equal(await storage.deliveries.replayAll(orgId, { ...filter, endpoint: url }, NOW + 2_000), 0);
      assert.equal(await storage.deliveries.replayAll(orgId, filter, NOW + 2_000), 430);
      assert.equal(await storage.deliveries.replayAll(orgId, filter, NOW + 2_000), 0);
      // Of the streams that have two, the second waits for the first.
      assert.equal((await claim({ now: NOW + 2_000 })).length, 300);
    });

    test('that are settled are kept for their time, those that wait for ever', async () => {
      const orgId = `org-prune-${engine}`;
      const [gone, alive, waiting] = [aDelivery({ orgId }), aDelivery({ orgId }), aDelivery({ orgId })];
      await storage.deliveries.insert([gone, alive]);
      const [first, second] = (await claim()).map(({ delivery }) => delivery);
      await settle(delivered, [first as Delivery]);
      await settle(dead, [second as Delivery]);
      await storage.deliveries.insert([waiting]);
      const bounds = { deliveredBefore: NOW + 1, deadBefore: NOW };
      assert.equal(await storage.deliveries.prune({ ...bounds, limit: 1 }), 1);
      while ((await storage.deliveries.prune({ ...bounds, limit: 50 })) > 0);
      assert.equal(await storage.deliveries.get(orgId, gone.id), undefined);
      assert.equal((await storage.deliveries.get(orgId, alive.id))?.status, 'dead');
      assert.equal((await storage.deliveries.get(orgId, waiting.id))?.status, 'pending');
    });

    describe('of a call', () => {
      const ofCall = (call: { id: string }, fields: Partial<NewDelivery> = {}) =>
        aDelivery({ callId: call.id, streamId: call.id, ...fields });

      test('are written with its changes or not at all, and told of after the commit', async () => {
        const call = aCall();
        const told: number[] = [];
        const forget = storage.deliveries.fellDue.on((endpoints) => told.push(endpoints.length));
        const [first, second, third, fourth, lost] = Array.from({ length: 5 }, () => ofCall(call)) as [
          NewDelivery,
          NewDelivery,
          NewDelivery,
          NewDelivery,
          NewDelivery,
        ];
        await storage.calls.insert(call, [anEvent(call, 'call.ringing')], [first]);
        await storage.calls.record(ORG, call.id, [], undefined, [second]);
        await assert.rejects(storage.calls.record(ORG, call.id, [], ended, [lost]), TypeError);
        await assert.rejects(storage.calls.insert(call, [], [lost]));
        assert.equal(await storage.calls.record(OTHER_ORG, call.id, [], undefined, [lost]), undefined);
        await storage.calls.end(ORG, call.id, anEvent(call, 'call.ended'), ended, [third]);
        assert.equal(
          await storage.calls.end(ORG, call.id, anEvent(call, 'call.ended'), ended, [lost]),
          undefined,
        );
        const late = await storage.calls.record(ORG, call.id, [anEvent(call, 'message.added')], undefined, [
          fourth,
          third,
        ]);
        assert.equal(late?.status, 'ended');
        forget();
        const listed = await storage.deliveries.list(ORG, { limit: 10, callId: call.id });
        assert.deepEqual(
          listed.map(({ id }) => id),
          [fourth.id, third.id, second.id, first.id],
        );
        assert.deepEqual(told, [1, 1], 'what waits behind others of its lane is not due');
        assert.equal((await storage.calls.events(ORG, call.id)).length, 2);
      });

      test('that wait outlive it, those that were told go with it', async () => {
        const call = aCall();
        const [told, waiting] = [ofCall(call), ofCall(call)];
        await storage.calls.insert(call, [anEvent(call, 'call.ringing')], [told]);
        const [claimed] = await claim();
        await settle(delivered, [claimed?.delivery as Delivery]);
        assert.deepEqual(await storage.calls.remove(ORG, call.id), call, 'a call that is up stays');
        await storage.calls.end(ORG, call.id, anEvent(call, 'call.ended'), ended, [waiting]);
        assert.equal(await storage.calls.remove(OTHER_ORG, call.id), undefined);
        assert.deepEqual(await storage.calls.remove(ORG, call.id), ended(call));
        assert.equal(await storage.calls.get(ORG, call.id), undefined);
        assert.deepEqual(await storage.calls.events(ORG, call.id), []);
        assert.equal(await storage.deliveries.get(ORG, told.id), undefined);
        assert.deepEqual(await claimedIds(), [waiting.id]);
      });
    });
  });
}
