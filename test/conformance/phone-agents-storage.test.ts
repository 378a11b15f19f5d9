import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { PhoneNumber } from '../../src/domain/numbers/number.ts';
import type { StoredDestination } from '../../src/domain/numbers/stored-destination.ts';
import { newId } from '../../src/lib/ids.ts';
import type { Storage } from '../../src/storage/open-storage.ts';
import { ENGINES, type StorageHouse } from './storage-houses.ts';
import { aNumber, anAgent, ORG, OTHER_ORG } from './storage-samples.ts';

for (const [engine, openHouse] of ENGINES) {
  describe(`what phone agents need of ${engine}`, () => {
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

    async function bound(agentId: string, fields: Partial<PhoneNumber> = {}): Promise<PhoneNumber> {
      const number = aNumber({ binding: { agentId }, ...fields });
      await storage.numbers.insert(number);
      return number;
    }

    test('the oldest number of each agent is found, and of the agents of the org alone', async () => {
      const [one, two, bare] = [anAgent(), anAgent(), anAgent()];
      const foreign = anAgent({ orgId: OTHER_ORG });
      for (const agent of [one, two, bare, foreign]) await storage.agents.insert(agent);
      await bound(one.id, { createdAt: 30 });
      const oldest = await bound(one.id, { createdAt: 10 });
      await bound(one.id, { createdAt: 20 });
      const other = await bound(two.id);
      await bound(foreign.id, { orgId: OTHER_ORG });
      // Another org may name the agent in a number of its own; that is none of this agent's.
      await bound(one.id, { orgId: OTHER_ORG, createdAt: 1 });
      const found = await storage.numbers.oldestOfAgents(ORG);
      assert.deepEqual(
        found.toSorted((a, b) => a.createdAt - b.createdAt),
        [oldest, other],
      );
      assert.deepEqual(await storage.numbers.oldestOfAgents(ORG, one.id), [oldest]);
      assert.deepEqual(await storage.numbers.oldestOfAgents(ORG, bare.id), []);
      assert.deepEqual(await storage.numbers.oldestOfAgents(ORG, foreign.id), []);
    });

    test('of two numbers of one instant the first id counts, and a changed binding counts at once', async () => {
      const agent = anAgent();
      await storage.agents.insert(agent);
      const ids = [newId(), newId()].toSorted();
      for (const id of ids.toReversed()) await bound(agent.id, { id, createdAt: 5 });
      const oldest = async () => (await storage.numbers.oldestOfAgents(ORG, agent.id))[0]?.id;
      assert.equal(await oldest(), ids[0]);
      await storage.numbers.update(ORG, ids[0] ?? '', (number) => ({ ...number, binding: {} }));
      assert.equal(await oldest(), ids[1]);
      await storage.numbers.remove(ORG, ids[1] ?? '');
      assert.equal(await oldest(), undefined);
    });

    test('stored destinations come back as they were, to their org alone', async () => {
      const stored: StoredDestination = {
        id: newId(),
        orgId: ORG,
        name: 'Front desk',
        destination: { type: 'sip', sipUri: 'sip:desk@pbx.example', description: 'Front desk' },
        createdAt: 1,
        updatedAt: 1,
      };
      await storage.destinations.insert(stored);
      assert.deepEqual(await storage.destinations.get(ORG, stored.id), stored);
      assert.equal(await storage.destinations.get(OTHER_ORG, stored.id), undefined);
    });
  });
}
