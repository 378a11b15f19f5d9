import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ErrorCode, ExchangeError } from '../../src/domain/errors.ts';
import { createApiKey, hashApiKey } from '../../src/domain/orgs/api-key.ts';
import type { ApiKey } from '../../src/domain/orgs/org.ts';
import { newId } from '../../src/lib/ids.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { Storage } from '../../src/storage/open-storage.ts';
import { ENGINES, type StorageHouse } from './storage-houses.ts';
import { aNumber, anAgent, aSquad, aTool, aTrunk, ORG, OTHER_ORG } from './storage-samples.ts';

const failsWith = (code: ErrorCode) => (error: unknown) =>
  error instanceof ExchangeError && error.code === code;

for (const [engine, openHouse] of ENGINES) {
  describe(`storage of a house on ${engine}`, () => {
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

    test('agents are stored, listed, changed and removed', async () => {
      const org = 'org-agents';
      const agent = anAgent({ orgId: org, name: 'Rosa', server: { secret: new Secret('s3') } });
      await storage.agents.insert(agent);
      assert.deepEqual(await storage.agents.list(org, { limit: 5 }), [agent]);
      const renamed = await storage.agents.update(org, agent.id, (current) => ({ ...current, name: 'Ida' }));
      assert.deepEqual(renamed, { ...agent, name: 'Ida' });
      assert.deepEqual(await storage.agents.remove(org, agent.id), renamed);
      assert.equal(await storage.agents.get(org, agent.id), undefined);
    });

    test('squads are stored, listed, changed and removed, secrets of their members included', async () => {
      const org = 'org-squads';
      const member = anAgent({ orgId: org, server: { url: 'https://x.example', secret: new Secret('s4') } });
      const squad = aSquad({ orgId: org, members: [{ agent: member, destinations: [], extras: {} }] });
      await storage.squads.insert(squad);
      assert.deepEqual(await storage.squads.list(org, { limit: 5 }), [squad]);
      const stored = await storage.squads.get(org, squad.id);
      assert.equal(stored?.members[0]?.agent?.server?.secret?.reveal(), 's4');
      assert.equal(await storage.squads.get(OTHER_ORG, squad.id), undefined);
      const renamed = await storage.squads.update(org, squad.id, (current) => ({ ...current, name: 'Two' }));
      assert.deepEqual(renamed, { ...squad, name: 'Two' });
      assert.deepEqual(await storage.squads.remove(org, squad.id), renamed);
      assert.equal(await storage.squads.get(org, squad.id), undefined);
    });

    test('tools are stored, listed, changed and removed', async () => {
      const org = 'org-tools';
      const tool = aTool({ orgId: org });
      await storage.tools.insert(tool);
      assert.deepEqual(await storage.tools.list(org, { limit: 5 }), [tool]);
      const changed = await storage.tools.update(org, tool.id, (current) => ({ ...current, updatedAt: 9 }));
      assert.deepEqual(await storage.tools.get(org, tool.id), changed);
      assert.equal(await storage.tools.remove(OTHER_ORG, tool.id), undefined);
      assert.deepEqual(await storage.tools.remove(org, tool.id), changed);
      assert.equal(await storage.tools.get(org, tool.id), undefined);
    });

    test('orgs are changed one change after the other, and keep their id', async () => {
      const org = { id: newId(), name: '', createdAt: 1 };
      await storage.orgs.insertOrg(org);
      const secret = { secret: new Secret('whsec_c2VjcmV0'), createdAt: 2 };
      await Promise.all(
        Array.from({ length: 10 }, () =>
          storage.orgs.updateOrg(org.id, (current) => ({
            ...current,
            name: `${current.name}x`,
            signingSecrets: [secret],
          })),
        ),
      );
      const stored = await storage.orgs.getOrg(org.id);
      assert.deepEqual(stored, { ...org, name: 'x'.repeat(10), signingSecrets: [secret] });
      assert.equal(stored?.signingSecrets?.[0]?.secret.reveal(), 'whsec_c2VjcmV0');
      assert.equal(await storage.orgs.updateOrg(newId(), (current) => current), undefined);
      await assert.rejects(
        storage.orgs.updateOrg(org.id, (current) => ({ ...current, id: newId() })),
        TypeError,
      );
    });

    test('credentials are stored and go while numbers still name them', async () => {
      const trunk = aTrunk({ orgId: 'org-credentials' });
      await storage.credentials.insert(trunk);
      const number = aNumber({ carrier: 'trunk', address: '99', credentialId: trunk.id });
      await storage.numbers.insert(number);
      assert.deepEqual(await storage.credentials.list('org-credentials', { limit: 5 }), [trunk]);
      const gone = await storage.credentials.remove('org-credentials', trunk.id);
      assert.ok(gone?.provider === 'byo-sip-trunk');
      assert.equal(gone.outboundAuthenticationPlan?.authPassword?.reveal(), 'trunk-password-51');
      assert.equal((await storage.numbers.get(ORG, number.id))?.credentialId, trunk.id);
    });

    describe('keys', () => {
      const aKey = (orgId: string, fields: Partial<ApiKey> = {}) => {
        const { key, hash, prefix } = createApiKey();
        const record: ApiKey = { id: newId(), orgId, prefix, createdAt: 1, ...fields };
        return { key, hash, record };
      };

      test('are found by their hash until they are revoked, by id or by prefix', async () => {
        const org = { id: newId(), name: 'Keys Ltd', createdAt: 1 };
        await storage.orgs.insertOrg(org);
        assert.deepEqual(await storage.orgs.getOrg(org.id), org);
        assert.ok((await storage.orgs.listOrgs()).some(({ id }) => id === org.id));
        const [one, two] = [aKey(org.id), aKey(org.id, { dialect: 'fluents', createdAt: 2 })];
        for (const { record, hash } of [one, two]) await storage.orgs.insertKey(record, hash);
        assert.deepEqual(await storage.orgs.findKey(hashApiKey(one.key)), one.record);
        assert.equal(await storage.orgs.findKey(one.key), undefined);
        assert.deepEqual(await storage.orgs.listKeys(org.id), [one.record, two.record]);

        assert.deepEqual(await storage.orgs.revokeKey(one.record.id, 7), { ...one.record, revokedAt: 7 });
        assert.equal(await storage.orgs.revokeKey(one.record.id, 8), undefined);
        assert.equal(await storage.orgs.findKey(one.hash), undefined);
        assert.equal((await storage.orgs.revokeKey(two.record.prefix, 9))?.id, two.record.id);
        const revoked = (await storage.orgs.listKeys(org.id)).map(({ revokedAt }) => revokedAt);
        assert.deepEqual(revoked, [7, 9]);
      });

      test('with a common prefix are revoked by id only', async () => {
        const org = { id: newId(), name: 'Twins Ltd', createdAt: 1 };
        await storage.orgs.insertOrg(org);
        const keys = [aKey(org.id, { prefix: 'same' }), aKey(org.id, { prefix: 'same' })] as const;
        for (const { record, hash } of keys) await storage.orgs.insertKey(record, hash);
        await assert.rejects(storage.orgs.revokeKey('same', 1), failsWith('request-invalid'));
        assert.equal((await storage.orgs.revokeKey(keys[0].record.id, 1))?.id, keys[0].record.id);
      });
    });
  });
}
