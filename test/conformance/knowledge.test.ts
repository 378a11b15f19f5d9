import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newId } from '../../src/lib/ids.ts';
import type { Storage } from '../../src/storage/open-storage.ts';
import { ENGINES, type StorageHouse } from './storage-houses.ts';
import { aDocument, aScenario, ORG, OTHER_ORG } from './storage-samples.ts';

const HANDBOOK = `# Parking
Guests park behind the house. The barrier opens with the code on the letter.

# Pets
Dogs are welcome in every room. Cats are not.

## Fees for dogs
Twenty dollars a night.`;

for (const [engine, openHouse] of ENGINES) {
  describe(`knowledge on ${engine}`, () => {
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

    const texts = async (orgId: string, question: string, limit = 5) =>
      (await storage.knowledge.search(orgId, question, limit)).map(({ text }) => text);

    test('documents come back as they were stored, to their org alone', async () => {
      const document = aDocument({ content: `Café — 北京\n\n${'long '.repeat(5000)}` });
      await storage.knowledge.insert(document);
      assert.deepEqual(await storage.knowledge.get(ORG, document.id), document);
      assert.equal(await storage.knowledge.get(OTHER_ORG, document.id), undefined);
      assert.equal(await storage.knowledge.remove(OTHER_ORG, document.id), undefined);
      assert.deepEqual(await storage.knowledge.list(ORG, { limit: 10 }), [document]);
    });

    test('finds the passages that fit a question, the best first, in other forms of its words', async () => {
      const orgId = newId();
      const document = aDocument({ orgId, title: 'Handbook', format: 'markdown', content: HANDBOOK });
      await storage.knowledge.insert(document);
      const [best] = await storage.knowledge.search(orgId, 'How much is the fee for my dog?', 3);
      assert.deepEqual(best, {
        documentId: document.id,
        title: 'Handbook',
        text: 'Fees for dogs\nTwenty dollars a night.',
      });
      assert.deepEqual(await texts(orgId, 'May I bring a cat'), [
        'Pets\nDogs are welcome in every room. Cats are not.',
      ]);
      assert.equal((await texts(orgId, 'where do guests park their dog', 1)).length, 1);
      assert.deepEqual(await texts(orgId, 'helicopter'), []);
    });

    test('takes any question as mere words', async () => {
      const orgId = newId();
      await storage.knowledge.insert(aDocument({ orgId, content: 'The café near the Москва river' }));
      for (const question of [
        '',
        '   ',
        '"',
        "'); drop table numbers --",
        'a AND NOT',
        '* OR (',
        '\0',
        '\ud800',
        ':',
        '́',
      ])
        assert.deepEqual(await texts(orgId, question), [], JSON.stringify(question));
      for (const question of ['café!', 'МОСКВА?', '(river) & "x', 'near*'])
        assert.equal((await texts(orgId, question)).length, 1, question);
      assert.equal((await texts(orgId, `${'word '.repeat(20_000)}`)).length, 0);
    });

    test('searches the documents of the org alone, and none that was removed', async () => {
      const [orgId, other] = [newId(), newId()];
      const [own, foreign] = [
        aDocument({ orgId, content: 'The zeppelin lands at noon.' }),
        aDocument({ orgId: other, content: 'The zeppelin is ours.' }),
      ];
      await storage.knowledge.insert(own);
      await storage.knowledge.insert(foreign);
      assert.deepEqual(await texts(orgId, 'zeppelin'), [own.content]);
      assert.deepEqual(await storage.knowledge.remove(orgId, own.id), own);
      assert.deepEqual(await texts(orgId, 'zeppelin'), []);
      assert.deepEqual(await texts(other, 'zeppelins'), [foreign.content]);
    });

    test('is still found after the storage was opened again', async () => {
      const orgId = newId();
      await storage.knowledge.insert(aDocument({ orgId, content: 'The lighthouse is closed.' }));
      await storage.close();
      storage = await house.open();
      assert.deepEqual(await texts(orgId, 'lighthouses'), ['The lighthouse is closed.']);
    });

    test('scenarios are kept, changed and removed within their org', async () => {
      const scenario = aScenario();
      await storage.scenarios.insert(scenario);
      assert.equal(await storage.scenarios.get(OTHER_ORG, scenario.id), undefined);
      const change = (content: string) => (current: typeof scenario) => ({ ...current, content });
      assert.equal(await storage.scenarios.update(OTHER_ORG, scenario.id, change('x')), undefined);
      await storage.scenarios.update(ORG, scenario.id, change('Apologise.'));
      assert.deepEqual(await storage.scenarios.list(ORG, { limit: 5 }), [
        { ...scenario, content: 'Apologise.' },
      ]);
      assert.equal((await storage.scenarios.remove(ORG, scenario.id))?.content, 'Apologise.');
      assert.equal(await storage.scenarios.get(ORG, scenario.id), undefined);
    });
  });
}
