import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../test/support/http-exchange.ts';
import type { Agent } from '../../domain/agents/agent.ts';
import { newId } from '../../lib/ids.ts';
import { ownTools } from './own-tools.ts';
import { PartStore } from './part-store.ts';
import { referring } from './referring.ts';

describe('what an agent of another API is made of', () => {
  let exchange: HttpExchange;
  let store: PartStore;
  let orgId: string;

  before(async () => {
    exchange = await openHttpExchange();
    store = new PartStore({ ...exchange.storage, clock: exchange.clock });
    orgId = exchange.orgId;
  });
  after(() => exchange.close());

  async function anAgent(): Promise<Agent> {
    const now = exchange.clock.now();
    const tools = ['transferCall', 'transferCall', 'endCall'].map((type) => ({ type, settings: {} }));
    const messages = [{ role: 'system' as const, content: 'Be kind.' }];
    const brain = { provider: 'openai', messages, tools, toolIds: [], settings: {} };
    const agent = { id: newId(now), orgId, brain, extras: {}, createdAt: now, updatedAt: now };
    await exchange.storage.agents.insert(agent);
    return agent;
  }
  const stored = async ({ id }: Agent) => (await exchange.storage.agents.get(orgId, id)) as Agent;
  const promptIdOf = (agent: Agent) => referring(agent).partIds?.prompt as string;

  it('is found under the ids that it is shown with, by its org alone, and not written', async () => {
    const agent = await anAgent();
    const id = promptIdOf(agent);
    assert.equal((await store.part(orgId, 'prompt', id))?.content, 'Be kind.');
    assert.equal(await store.part(orgId, 'voice', id), undefined);
    assert.equal(await store.part(exchange.otherOrgId, 'prompt', id), undefined);
    for (const tool of ownTools(agent)) assert.deepEqual(await store.tool(orgId, tool.id), tool);
    assert.equal(await store.tool(exchange.otherOrgId, ownTools(agent)[0]?.id ?? ''), undefined);
    assert.deepEqual(await stored(agent), agent);
  });

  it('gets a row when it is changed', async () => {
    const agent = await anAgent();
    const id = promptIdOf(agent);
    const changed = await store.changePart(orgId, 'prompt', id, (part) => ({
      ...part,
      content: 'Be brief.',
    }));
    assert.deepEqual([changed?.id, changed?.content], [id, 'Be brief.']);
    assert.deepEqual((await stored(agent)).brain?.messages, [{ role: 'system', content: 'Be brief.' }]);
    assert.deepEqual(await exchange.storage.parts.get(orgId, 'prompt', id), changed);
  });

  it("stays the agent's own where it is removed as a part", async () => {
    const agent = await anAgent();
    const id = promptIdOf(agent);
    assert.equal((await store.removePart(orgId, 'prompt', id))?.id, id);
    assert.equal(await store.part(orgId, 'prompt', id), undefined);
    const after = await stored(agent);
    assert.deepEqual(after.brain, agent.brain);
    assert.equal((await store.part(orgId, 'prompt', promptIdOf(after)))?.content, 'Be kind.');
  });

  it('is changed and removed in its place where it is an action', async () => {
    const agent = await anAgent();
    const [first, second, third] = ownTools(agent);
    assert.ok(first && second && third);
    const renamed = await store.changeTool(orgId, second.id, (tool) => ({ ...tool, name: 'desk' }));
    assert.deepEqual([renamed?.id, renamed?.tool.name], [second.id, 'desk']);
    assert.deepEqual(await store.removeTool(orgId, first.id), first);
    assert.deepEqual(
      ownTools(await stored(agent)).map(({ id, tool }) => [id, tool.type, tool.name]),
      [
        [second.id, 'transferCall', 'desk'],
        [third.id, 'endCall', undefined],
      ],
    );
    assert.equal(await store.removeTool(orgId, first.id), undefined);
    assert.deepEqual(await exchange.storage.tools.list(orgId, { limit: 9 }), []);
  });
});
