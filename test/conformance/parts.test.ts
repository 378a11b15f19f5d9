import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AgentWriters, PartBodies } from '../../src/api/server/agent-changes.ts';
import { AgentParts } from '../../src/api/server/agent-parts.ts';
import type { Agent } from '../../src/domain/agents/agent.ts';
import { withPart } from '../../src/domain/parts/agent-copies.ts';
import type { Part } from '../../src/domain/parts/part.ts';
import { FakeClock } from '../../src/lib/fake-clock.ts';
import { newId } from '../../src/lib/ids.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { Storage } from '../../src/storage/open-storage.ts';
import { ENGINES, type StorageHouse } from './storage-houses.ts';
import { anAgent, aPart, aTool, ORG, OTHER_ORG } from './storage-samples.ts';

/** Nothing is written through them here. */
const NO_WRITERS = {} as AgentWriters<PartBodies>;

for (const [engine, openHouse] of ENGINES) {
  describe(`parts on ${engine}`, () => {
    let house: StorageHouse;
    let storage: Storage;

    before(async () => {
      house = await openHouse();
      storage = await house.open();
      for (const id of [ORG, OTHER_ORG]) await storage.orgs.insertOrg({ id, name: id, createdAt: 1 });
    });

    after(async () => {
      await storage?.close();
      await house?.stop();
    });

    async function agentOf(...parts: Part[]): Promise<Agent> {
      for (const part of parts) await storage.parts.insert(part);
      const agent = parts.reduce(withPart, anAgent());
      await storage.agents.insert(agent);
      return agent;
    }
    const stored = async ({ id }: Agent) => (await storage.agents.get(ORG, id)) as Agent;

    test('come back as they were stored, by their kind and org alone', async () => {
      const database = aPart('vector-database');
      await storage.parts.insert(database);
      const found = await storage.parts.get(ORG, 'vector-database', database.id);
      assert.deepEqual(found, database);
      assert.equal(found?.database.apiKey?.reveal(), 'of a part');
      assert.equal(await storage.parts.get(ORG, 'voice', database.id), undefined);
      assert.equal(await storage.parts.get(OTHER_ORG, 'vector-database', database.id), undefined);
      assert.equal(await storage.parts.update(ORG, 'voice', database.id, (part) => part), undefined);
      assert.equal(await storage.parts.remove(OTHER_ORG, 'vector-database', database.id), undefined);
      assert.deepEqual(await storage.parts.get(ORG, 'vector-database', database.id), database);
    });

    test('are listed by kind', async () => {
      const orgId = newId();
      const voices = [1, 2, 3].map((createdAt) => aPart('voice', { orgId, createdAt }));
      for (const part of [...voices, aPart('webhook', { orgId })]) await storage.parts.insert(part);
      const page = await storage.parts.page(orgId, 'voice', { limit: 2, offset: 1, order: 'ascending' });
      assert.deepEqual(page, { items: voices.slice(1), total: 3 });
    });

    test('that change take every agent that refers to them along', async () => {
      const voice = aPart('voice');
      const prompt = aPart('prompt');
      const [one, other] = [await agentOf(voice, prompt), anAgent({ partIds: { voice: voice.id } })];
      const stranger = anAgent({ voice: voice.voice });
      for (const agent of [other, stranger]) await storage.agents.insert(agent);
      const slow = { ...voice.voice, speed: 0.8 };
      await storage.parts.update(ORG, 'voice', voice.id, (part) => ({ ...part, voice: slow, updatedAt: 9 }));
      await storage.parts.update(ORG, 'prompt', prompt.id, (part) => ({ ...part, content: 'Sell cakes.' }));
      assert.deepEqual((await stored(one)).voice, slow);
      assert.deepEqual((await stored(one)).brain?.messages, [{ role: 'system', content: 'Sell cakes.' }]);
      const { voice: ofOther, updatedAt } = await stored(other);
      assert.deepEqual([ofOther, updatedAt], [slow, 9]);
      assert.deepEqual(await stored(stranger), stranger);
    });

    test('that are removed leave their copies behind', async () => {
      const webhook = aPart('webhook');
      const agent = await agentOf(webhook);
      assert.deepEqual(await storage.parts.remove(ORG, 'webhook', webhook.id), webhook);
      const { webhook: copy, partIds } = await stored(agent);
      assert.deepEqual(copy, webhook.webhook);
      assert.notEqual(partIds?.webhook, webhook.id);
      assert.equal(await storage.parts.get(ORG, 'webhook', webhook.id), undefined);
    });

    test('are let go by an agent whose copy was changed by itself, and only then', async () => {
      const [voice, prompt] = [aPart('voice'), aPart('prompt')];
      const agent = await agentOf(voice, prompt);
      await storage.agents.update(ORG, agent.id, (current) => ({ ...current, name: 'Reception' }));
      assert.deepEqual((await stored(agent)).partIds, { voice: voice.id, prompt: prompt.id });
      const own = { provider: 'azure', settings: { apiKey: new Secret('x') } };
      await storage.agents.update(ORG, agent.id, (current) => ({ ...current, voice: own }));
      const { partIds } = await stored(agent);
      assert.deepEqual([partIds?.prompt, partIds?.voice === voice.id], [prompt.id, false]);
      await storage.parts.update(ORG, 'voice', voice.id, (part) => ({ ...part, updatedAt: 5 }));
      assert.deepEqual((await stored(agent)).voice, own);
      assert.deepEqual((await storage.parts.get(ORG, 'voice', voice.id))?.voice, voice.voice);
    });

    test('an agent is made and changed together with its parts and tools, or not at all', async () => {
      const [voice, tool, agent] = [aPart('voice'), aTool(), anAgent()];
      const nothing = { changedParts: [], newParts: [], newTools: [], changedTools: [] };
      await storage.parts.createAgent(ORG, async () => ({
        ...nothing,
        agent: withPart(agent, voice),
        newParts: [voice],
        newTools: [tool],
      }));
      assert.deepEqual(await stored(agent), withPart(agent, voice));
      assert.deepEqual(await storage.tools.get(ORG, tool.id), tool);
      const renamed = { ...tool, tool: { ...tool.tool, label: 'Renamed' } };
      await storage.parts.changeAgent(ORG, agent.id, async (current) => ({
        ...nothing,
        agent: current,
        changedTools: [renamed],
      }));
      assert.deepEqual(await storage.tools.get(ORG, tool.id), renamed);
      const halfway = storage.parts.changeAgent(ORG, agent.id, async (current) => ({
        ...nothing,
        agent: { ...current, name: 'lost' },
        changedTools: [tool],
        newParts: [aPart('prompt', { id: 'half' }), voice],
      }));
      await assert.rejects(halfway);
      assert.equal((await stored(agent)).name, undefined);
      assert.equal(await storage.parts.get(ORG, 'prompt', 'half'), undefined);
      assert.deepEqual(await storage.tools.get(ORG, tool.id), renamed);
      const absent = await storage.parts.changeAgent(OTHER_ORG, agent.id, async (current) => ({
        ...nothing,
        agent: current,
      }));
      assert.equal(absent, undefined);
    });

    test('the reader knows what belongs to the org alone', async () => {
      const [voice, tool, agent] = [aPart('voice'), aTool(), anAgent({ orgId: OTHER_ORG })];
      await storage.parts.insert(voice);
      await storage.tools.insert(tool);
      await storage.agents.insert(agent);
      let seen: unknown[] = [];
      await storage.parts.changeAgent(OTHER_ORG, agent.id, async (current, reader) => {
        seen = [await reader.part('voice', voice.id), await reader.tool(tool.id)];
        return { agent: current, changedParts: [], newParts: [], newTools: [], changedTools: [] };
      });
      assert.deepEqual(seen, [undefined, undefined]);
    });

    test('an agent that is first looked at by many at once gets each of its parts once', async () => {
      const tools = [1, 2].map((index) => ({ type: 'endCall', label: `${index}`, settings: {} }));
      const brain = { provider: 'openai', messages: [], tools, toolIds: [], settings: {} };
      const agent = anAgent({ brain });
      await storage.agents.insert(agent);
      const house = new AgentParts({ ...storage, clock: new FakeClock() }, NO_WRITERS);
      const all = await Promise.all(Array.from({ length: 6 }, () => house.expanded(agent)));
      for (const each of all) assert.deepEqual(each, all[0]);
      assert.deepEqual(
        all[0]?.tools.map(({ tool }) => tool.label),
        ['1', '2'],
      );
      assert.deepEqual(await house.expanded(await stored(agent)), all[0]);
    });

    test('many changes at once of agents, parts and what binds them leave no copy behind', async () => {
      const voice = aPart('voice');
      const agents = await Promise.all(
        [1, 2, 3, 4].map(async () => {
          const agent = anAgent();
          await storage.agents.insert(agent);
          return agent;
        }),
      );
      await storage.parts.insert(voice);
      const attach = ({ id }: Agent) =>
        storage.parts.changeAgent(ORG, id, async (current, reader) => {
          const part = await reader.part('voice', voice.id);
          assert.ok(part);
          return {
            agent: withPart(current, part),
            changedParts: [],
            newParts: [],
            newTools: [],
            changedTools: [],
          };
        });
      const speed = (value: number) =>
        storage.parts.update(ORG, 'voice', voice.id, (part) => ({
          ...part,
          voice: { ...part.voice, speed: value },
        }));
      const rename = ({ id }: Agent) =>
        storage.agents.update(ORG, id, (current) => ({ ...current, name: 'Renamed' }));
      await Promise.all([...agents.map(attach), ...[1.1, 1.2, 1.3].map(speed), ...agents.map(rename)]);
      const { voice: value } = (await storage.parts.get(ORG, 'voice', voice.id)) ?? {};
      for (const agent of agents) {
        const { voice: copy, name, partIds } = await stored(agent);
        assert.deepEqual([copy, name, partIds], [value, 'Renamed', { voice: voice.id }]);
      }
    });
  });
}
