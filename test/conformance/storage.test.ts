import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ErrorCode, ExchangeError } from '../../src/domain/errors.ts';
import { NumberTakenError } from '../../src/domain/numbers/number-repository.ts';
import { newId } from '../../src/lib/ids.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { Storage } from '../../src/storage/open-storage.ts';
import { ENGINES, type StorageHouse } from './storage-houses.ts';
import { aCall, aNumber, anAgent, anEvent, ORG, OTHER_ORG } from './storage-samples.ts';

const failsWith = (code: ErrorCode) => (error: unknown) =>
  error instanceof ExchangeError && error.code === code;
const taken = (field: string) => (error: unknown) =>
  error instanceof NumberTakenError && error.field === field;

for (const [engine, openHouse] of ENGINES) {
  describe(`storage on ${engine}`, () => {
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

    test('says which engine it is and that it answers', async () => {
      assert.equal(storage.engine, engine);
      await storage.ping();
    });

    describe('numbers', () => {
      test('come back as they were stored, secrets included', async () => {
        const number = aNumber({
          carrier: 'twilio',
          address: '+14155550100',
          sipUri: 'sip:Round-Trip@sip.vapi.ai',
          name: 'Reception 🛎',
          authentication: { username: 'u', password: new Secret('digest-password-77') },
          server: { url: 'https://example.com', secret: new Secret('') },
          hooks: [{ on: 'call.ringing', actions: [{ type: 'say', exact: 'Hello' }] }],
          extras: { vapi: { nothing: null, list: [1, 'two', false], text: 'nul \0 and lone \ud800' } },
        });
        await storage.numbers.insert(number);
        const stored = await storage.numbers.get(ORG, number.id);
        assert.deepEqual(stored, number);
        assert.equal(stored?.authentication?.password.reveal(), 'digest-password-77');
        assert.equal(stored?.server?.secret?.reveal(), '');
      });

      test('of another org, or by an id that nobody has, are not found', async () => {
        const number = aNumber({ sipUri: 'sip:foreign@x' });
        await storage.numbers.insert(number);
        for (const id of [newId(), '', 'no-uuid', 'nul\0', '\ud800', "' or 1=1 --"])
          assert.equal(await storage.numbers.get(ORG, id), undefined);
        assert.equal(await storage.numbers.get(OTHER_ORG, number.id), undefined);
        assert.equal(await storage.numbers.update(OTHER_ORG, number.id, (n) => n), undefined);
        assert.equal(await storage.numbers.remove(OTHER_ORG, number.id), undefined);
        assert.deepEqual(await storage.numbers.get(ORG, number.id), number);
      });

      test('keep their SIP user to themselves over all orgs, whatever its case, host or escapes', async () => {
        await storage.numbers.insert(aNumber({ sipUri: 'sip:Alice@sip.vapi.ai' }));
        for (const sipUri of [
          'sip:alice@other.host',
          'SIPS:ALICE@sip.vapi.ai',
          'sip:%41lice:pw@h;transport=tcp',
        ])
          await assert.rejects(
            storage.numbers.insert(aNumber({ orgId: OTHER_ORG, sipUri })),
            taken('sipUri'),
          );
      });

      test('keep a carrier address over the exchange and a trunk address per credential', async () => {
        await storage.numbers.insert(aNumber({ carrier: 'telnyx', address: '+14155550101' }));
        await assert.rejects(
          storage.numbers.insert(aNumber({ carrier: 'vonage', orgId: OTHER_ORG, address: '+14155550101' })),
          taken('number'),
        );
        const trunk = { carrier: 'trunk', address: '+14155550101' } as const;
        await storage.numbers.insert(aNumber({ ...trunk, credentialId: 'cred-a' }));
        await storage.numbers.insert(aNumber({ ...trunk, credentialId: 'cred-b', orgId: OTHER_ORG }));
        await assert.rejects(
          storage.numbers.insert(aNumber({ ...trunk, credentialId: 'cred-a' })),
          taken('number'),
        );
        const found = await storage.numbers.findByAddress('+14155550101');
        assert.deepEqual(found.map(({ credentialId }) => credentialId ?? null).sort(), [
          'cred-a',
          'cred-b',
          null,
        ]);
      });

      test('are found by SIP user and as the twin of a create', async () => {
        const sip = aNumber({ sipUri: 'sip:Twin@sip.vapi.ai' });
        const trunk = aNumber({ carrier: 'trunk', address: '4711', credentialId: 'cred-t' });
        const twilio = aNumber({ carrier: 'twilio', address: '4711' });
        for (const number of [sip, trunk, twilio]) await storage.numbers.insert(number);
        assert.equal((await storage.numbers.findBySipUser('TWIN'))?.id, sip.id);
        assert.equal(await storage.numbers.findBySipUser('nobody'), undefined);
        const twin = async (org: string, key: Parameters<Storage['numbers']['findTwin']>[1]) =>
          (await storage.numbers.findTwin(org, key))?.id;
        assert.equal(await twin(ORG, { sipUri: 'sip:twin@elsewhere' }), sip.id);
        assert.equal(await twin(ORG, { address: '4711', credentialId: 'cred-t' }), trunk.id);
        assert.equal(await twin(ORG, { address: '4711' }), twilio.id);
        assert.equal(await twin(ORG, { address: '4711', credentialId: 'cred-u' }), undefined);
        assert.equal(await twin(OTHER_ORG, { address: '4711', sipUri: 'sip:twin@x' }), undefined);
        assert.equal(await twin(ORG, {}), undefined);
      });

      test('fifty creates of one SIP user at once: one wins, the others are told why', async () => {
        const attempts = Array.from({ length: 50 }, (_, index) =>
          storage.numbers.insert(aNumber({ sipUri: `sip:${index % 2 ? 'Race' : 'race'}@h${index}` })),
        );
        const outcomes = await Promise.allSettled(attempts);
        assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
        for (const outcome of outcomes)
          if (outcome.status === 'rejected') assert.ok(taken('sipUri')(outcome.reason));
      });

      test('concurrent updates of one row follow each other and lose nothing', async () => {
        const number = aNumber({ name: '', sipUri: 'sip:updates@x' });
        await storage.numbers.insert(number);
        const updates = Array.from({ length: 20 }, () =>
          storage.numbers.update(ORG, number.id, (current) => ({ ...current, name: `${current.name}x` })),
        );
        await Promise.all(updates);
        assert.equal((await storage.numbers.get(ORG, number.id))?.name, 'x'.repeat(20));
      });

      test('an update that takes what another has, or throws, changes nothing', async () => {
        const [first, second] = [aNumber({ sipUri: 'sip:held@x' }), aNumber({ sipUri: 'sip:mine@x' })];
        await storage.numbers.insert(first);
        await storage.numbers.insert(second);
        await assert.rejects(
          storage.numbers.update(ORG, second.id, (number) => ({ ...number, sipUri: 'sip:HELD@x' })),
          taken('sipUri'),
        );
        const refusal = new ExchangeError('request-invalid', 'no');
        await assert.rejects(
          storage.numbers.update(ORG, second.id, () => {
            throw refusal;
          }),
          (error) => error === refusal,
        );
        await assert.rejects(
          storage.numbers.update(ORG, second.id, (number) => ({ ...number, orgId: OTHER_ORG })),
          TypeError,
        );
        assert.deepEqual(await storage.numbers.get(ORG, second.id), second);
      });

      test('a removed number is returned, gone, and its SIP user free again', async () => {
        const number = aNumber({ sipUri: 'sip:gone@x', name: 'Departing' });
        await storage.numbers.insert(number);
        assert.deepEqual(await storage.numbers.remove(ORG, number.id), number);
        assert.equal(await storage.numbers.remove(ORG, number.id), undefined);
        assert.equal((await storage.numbers.page(ORG, { limit: 10, search: 'departing' })).total, 0);
        await storage.numbers.insert(aNumber({ sipUri: 'sip:gone@x' }));
      });
    });

    describe('lists', () => {
      const org = 'org-lists';
      const ids = Array.from({ length: 6 }, (_, index) => `00000000-0000-4000-8000-00000000000${index}`);

      before(async () => {
        // Two share each instant, and they are stored out of order.
        for (const index of [3, 0, 5, 1, 4, 2])
          await storage.numbers.insert(
            aNumber({
              id: ids[index] as string,
              orgId: org,
              createdAt: 1_000 + Math.floor(index / 2),
              updatedAt: 2_000 + index,
            }),
          );
      });

      const listed = async (query: Partial<Parameters<Storage['numbers']['list']>[1]>) =>
        (await storage.numbers.list(org, { limit: 100, ...query })).map(({ id }) => ids.indexOf(id));

      test('are ordered by creation and then id, newest first unless asked', async () => {
        assert.deepEqual(await listed({}), [5, 4, 3, 2, 1, 0]);
        assert.deepEqual(await listed({ order: 'ascending' }), [0, 1, 2, 3, 4, 5]);
      });

      test('are ordered by change or by id where that is asked', async () => {
        const [first] = ids as [string];
        await storage.numbers.update(org, first, (number) => ({ ...number, updatedAt: 2_009 }));
        assert.deepEqual(await listed({ sortBy: 'updatedAt' }), [0, 5, 4, 3, 2, 1]);
        assert.deepEqual(await listed({ sortBy: 'id', order: 'ascending' }), [0, 1, 2, 3, 4, 5]);
        await storage.numbers.update(org, first, (number) => ({ ...number, updatedAt: 2_000 }));
      });

      test('are cut by limit and offset, while a page tells the total', async () => {
        assert.deepEqual(await listed({ limit: 2, offset: 1 }), [4, 3]);
        assert.deepEqual(await listed({ limit: 0 }), []);
        assert.deepEqual(await listed({ offset: 6 }), []);
        const page = await storage.numbers.page(org, { limit: 2, offset: 4 });
        assert.deepEqual([page.items.length, page.total, await storage.numbers.count(org)], [2, 6, 6]);
      });

      test('are bounded by instants of creation and change', async () => {
        assert.deepEqual(await listed({ createdAt: { gt: 1_000, lt: 1_002 } }), [3, 2]);
        assert.deepEqual(await listed({ createdAt: { ge: 1_000, le: 1_001 } }), [3, 2, 1, 0]);
        assert.deepEqual(await listed({ updatedAt: { ge: 2_004 }, createdAt: { lt: 1_002 } }), []);
        assert.equal((await storage.numbers.page(org, { limit: 1, updatedAt: { lt: 2_003 } })).total, 3);
      });
    });

    describe('the search of numbers', () => {
      const org = 'org-search';
      const found = async (search: string) => {
        const page = await storage.numbers.page(org, { limit: 100, search, order: 'ascending' });
        const names = page.items.map(({ name }) => name);
        assert.equal(page.total, names.length);
        assert.deepEqual((await storage.numbers.list(org, { limit: 100, search })).length, names.length);
        return names.sort();
      };

      before(async () => {
        const numbers = [
          { name: 'Sales Berlin', carrier: 'twilio', address: '+4930123456' },
          { name: '100% off_er', sipUri: 'sip:promo.line@sip.vapi.ai' },
          { name: 'Ärzte "Süd" \\ Nord', carrier: 'telnyx', address: '+4989654321' },
          { name: 'x', orgId: 'org-search-2', sipUri: 'sip:sales-foreign@sip.vapi.ai' },
        ] as const;
        for (const number of numbers) await storage.numbers.insert(aNumber({ orgId: org, ...number }));
      });

      test('finds part of the name, the number or the SIP URI in any case', async () => {
        assert.deepEqual(await found('BERL'), ['Sales Berlin']);
        assert.deepEqual(await found('3012'), ['Sales Berlin']);
        assert.deepEqual(await found('Promo.LINE@'), ['100% off_er']);
        assert.deepEqual(await found('ÄRZTE "sÜ'), ['Ärzte "Süd" \\ Nord']);
        assert.deepEqual(await found('nothing like it'), []);
        assert.equal((await found('')).length, 3);
      });

      test('works for one and two characters', async () => {
        assert.deepEqual(await found('B'), ['Sales Berlin']);
        assert.deepEqual(await found('ü'), ['Ärzte "Süd" \\ Nord']);
        assert.deepEqual(await found('+4'), ['Sales Berlin', 'Ärzte "Süd" \\ Nord']);
      });

      test('takes wildcards, quotes and operators literally', async () => {
        assert.deepEqual(await found('%'), ['100% off_er']);
        assert.deepEqual(await found('f_e'), ['100% off_er']);
        assert.deepEqual(await found('0% o'), ['100% off_er']);
        assert.deepEqual(await found('" \\ n'), ['Ärzte "Süd" \\ Nord']);
        for (const search of ['___', '%%%', 'sales*', 'sales OR promo', '"""', "'; --", 'nul\0nul', '(a'])
          assert.deepEqual(await found(search), [], search);
      });

      test('does not match across two fields', async () => {
        assert.deepEqual(await found('berlin+49'), []);
        assert.deepEqual(await found(`berlin\u001f+49`), []);
      });

      test('takes a text longer than any number', async () => {
        assert.deepEqual(await found('sales berlin'.repeat(2_000)), []);
        const long = aNumber({ orgId: org, name: `${'abc'.repeat(30)}end` });
        await storage.numbers.insert(long);
        assert.deepEqual(await found(`${'abc'.repeat(30)}end`), [long.name]);
        assert.deepEqual(await found(`${'abc'.repeat(30)}fin`), []);
        await storage.numbers.remove(org, long.id);
      });

      test('follows a change of name', async () => {
        const number = aNumber({ orgId: org, name: 'before the change' });
        await storage.numbers.insert(number);
        await storage.numbers.update(org, number.id, (current) => ({ ...current, name: 'after the change' }));
        assert.deepEqual(await found('before the'), []);
        assert.deepEqual(await found('after the'), ['after the change']);
        await storage.numbers.remove(org, number.id);
      });
    });

    describe('documents', () => {
      test('that look like an envelope, and strange keys, come back as they were and are no secrets', async () => {
        const metadata: Record<string, unknown> = JSON.parse(
          '{"$secret":"v1:00000000:AAAA:BBBB","$$secret":{"$secret":1},"$":"","a":[{"$x":[{"$secret":"y"}]}],"__proto__":{"polluted":true},"constructor":1}',
        );
        const agent = anAgent({ metadata, vendorKeys: { $openai: new Secret('sk-vendor-key-1') } });
        await storage.agents.insert(agent);
        const stored = await storage.agents.get(ORG, agent.id);
        assert.equal(JSON.stringify(stored?.metadata), JSON.stringify(metadata));
        assert.deepEqual(stored?.metadata, metadata);
        assert.equal(stored?.vendorKeys?.$openai?.reveal(), 'sk-vendor-key-1');
        assert.equal(({} as { polluted?: boolean }).polluted, undefined);
      });

      test('nested beyond reason are refused as the request that they are', async () => {
        let deep: unknown = 1;
        for (let level = 0; level < 50_000; level += 1) deep = [deep];
        await assert.rejects(
          storage.agents.insert(anAgent({ metadata: { deep } })),
          failsWith('request-invalid'),
        );
      });

      test('of a size near the limit of a request body are kept', async () => {
        const agent = anAgent({ firstMessage: 'ä'.repeat(2_000_000) });
        await storage.agents.insert(agent);
        assert.equal((await storage.agents.get(ORG, agent.id))?.firstMessage, agent.firstMessage);
      });
    });

    test('an id that exists is a failure of storage, not of a number', async () => {
      const number = aNumber();
      await storage.numbers.insert(number);
      await assert.rejects(storage.numbers.insert(number), failsWith('storage-failed'));
    });

    test('a second opening finds everything, and two can be open at once', async () => {
      const number = aNumber({ sipUri: 'sip:again@x', server: { secret: new Secret('kept') } });
      await storage.numbers.insert(number);
      const second = await house.open();
      try {
        const found = await second.numbers.get(ORG, number.id);
        assert.equal(found?.server?.secret?.reveal(), 'kept');
        await second.numbers.update(ORG, number.id, (current) => ({ ...current, name: 'from beside' }));
      } finally {
        await second.close();
      }
      assert.equal((await storage.numbers.get(ORG, number.id))?.name, 'from beside');
    });

    test('closing waits for what was begun and refuses what comes after', async () => {
      const second = await house.open();
      const call = aCall();
      await second.calls.insert(call, []);
      const writes = Array.from({ length: 10 }, () =>
        second.calls.record(ORG, call.id, [anEvent(call, 'message.added')]),
      );
      await second.close();
      await Promise.all(writes);
      await assert.rejects(second.ping(), failsWith('storage-failed'));
      assert.equal((await storage.calls.events(ORG, call.id)).length, 10);
    });
  });
}
