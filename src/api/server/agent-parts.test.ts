import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../test/support/http-exchange.ts';
import type { Agent, AgentWebhook, VoiceSettings } from '../../domain/agents/agent.ts';
import { ExchangeError } from '../../domain/errors.ts';
import type { PartValue } from '../../domain/parts/part.ts';
import { newId } from '../../lib/ids.ts';
import { Secret } from '../../lib/secret.ts';
import type { AgentWriters } from './agent-changes.ts';
import { AgentParts } from './agent-parts.ts';
import { fieldInvalid, RequestInvalidError } from './failure.ts';

interface Bodies {
  prompt: Partial<PartValue<'prompt'>>;
  voice: Partial<VoiceSettings>;
  webhook: Partial<AgentWebhook>;
  vectorDatabase: { index: string };
  action: { type: string };
}

const writers: AgentWriters<Bodies> = {
  prompt: {
    create: (body) => ({ content: '', plan: {}, ...body }),
    patch: (current, body) => ({ ...current, ...body }),
  },
  voice: {
    create: ({ provider = '', ...body }, instead) => ({
      voice: { settings: {}, ...body, provider },
      ...(instead?.label !== undefined && { label: instead.label }),
    }),
    patch: (current, body) => ({ ...current, voice: { ...current.voice, ...body } }),
    isOther: ({ voice }, { provider }) => provider !== undefined && provider !== voice.provider,
  },
  webhook: {
    create: ({ url, ...body }) => {
      if (url === undefined) throw fieldInvalid(['url'], 'is missing');
      return { webhook: { url, method: 'POST', subscriptions: [], ...body } };
    },
    patch: ({ webhook }, body) => ({ webhook: { ...webhook, ...body } }),
  },
  vectorDatabase: {
    create: ({ index }) => ({ database: { type: 'pinecone', index, apiEnvironment: 'us' } }),
    patch: ({ database }, body) => ({ database: { ...database, ...body } }),
  },
  action: {
    create: ({ type }) => {
      if (type === '') throw fieldInvalid(['type'], 'is missing');
      return { type, settings: {} };
    },
    patch: (tool, { type }) => ({ ...tool, type }),
  },
  missing: (what, id) => new ExchangeError('not-found', `no ${what} ${id}`),
};

describe('agents made of parts', () => {
  let exchange: HttpExchange;
  let agentParts: AgentParts<Bodies>;
  let orgId: string;

  before(async () => {
    exchange = await openHttpExchange();
    agentParts = new AgentParts({ ...exchange.storage, clock: exchange.clock }, writers);
    orgId = exchange.orgId;
  });
  beforeEach(() => exchange.clock.advance(1000));
  after(() => exchange.close());

  async function foreign(fields: Partial<Agent> = {}): Promise<Agent> {
    const now = exchange.clock.now();
    const agent = { id: newId(now), orgId, extras: {}, createdAt: now, updatedAt: now, ...fields };
    await exchange.storage.agents.insert(agent);
    return agent;
  }
  const stored = async (id: string) => (await exchange.storage.agents.get(orgId, id)) as Agent;
  const expanded = (agent: Agent) => agentParts.expanded(agent);
  const changed = async (...[id, changes]: [string, Parameters<typeof agentParts.change>[2]]) => {
    const found = await agentParts.change(orgId, id, changes);
    assert.ok(found);
    assert.deepEqual(await expanded(await stored(id)), found);
    return found;
  };
  const paths = (expected: PropertyKey[][]) => (error: unknown) => {
    assert.ok(error instanceof RequestInvalidError);
    assert.deepEqual(
      error.issues.map(({ path }) => path),
      expected,
    );
    return true;
  };

  describe('that another API made', () => {
    it('show what every agent has, and are not written by it', async () => {
      const agent = await foreign({ name: 'Plain' });
      const first = await expanded(agent);
      exchange.clock.advance(5000);
      assert.deepEqual(await expanded(agent), first);
      const { prompt, voice, webhook, tools } = first;
      assert.deepEqual([prompt.content, prompt.plan, webhook, tools], ['', {}, undefined, []]);
      assert.equal(voice.voice.provider, 'offline');
      assert.deepEqual(await stored(agent.id), agent);
      assert.equal(await exchange.storage.parts.get(orgId, 'prompt', prompt.id), undefined);
    });

    it('show what they hold, in their order, under ids that stay when it gets rows', async () => {
      const secret = new Secret('of a tool');
      const kept = { id: newId(), orgId, tool: { type: 'dtmf', settings: {} }, createdAt: 1, updatedAt: 1 };
      await exchange.storage.tools.insert(kept);
      const inline = ['endCall', 'function'].map((type) => ({ type, server: { secret }, settings: {} }));
      const agent = await foreign({
        brain: {
          provider: 'openai',
          messages: [{ role: 'system', content: 'Be kind.' }],
          tools: inline,
          toolIds: [kept.id, 'deleted'],
          settings: {},
        },
        promptPlan: { label: 'Kind' },
        voice: { provider: 'azure', settings: {} },
        webhook: { url: 'https://x.example', method: 'GET', subscriptions: [] },
      });
      const shown = await expanded(agent);
      assert.deepEqual([shown.prompt.content, shown.prompt.plan], ['Be kind.', { label: 'Kind' }]);
      assert.deepEqual(shown.webhook?.webhook, agent.webhook);
      const toolsOf = ({ tools }: typeof shown) => tools.map(({ tool }) => tool);
      assert.deepEqual(toolsOf(shown), [...inline, kept.tool]);
      assert.deepEqual(await stored(agent.id), agent);
      const { tools, ...written } = await changed(agent.id, { voice: { body: { speed: 2 } } });
      assert.deepEqual(
        [written.prompt.id, written.voice.id, written.webhook?.id, tools.map(({ id }) => id)],
        [shown.prompt.id, shown.voice.id, shown.webhook?.id, shown.tools.map(({ id }) => id)],
      );
      const { brain, partIds } = await stored(agent.id);
      assert.deepEqual(partIds, {
        prompt: shown.prompt.id,
        voice: shown.voice.id,
        webhook: shown.webhook?.id,
      });
      assert.deepEqual(brain, agent.brain);
      assert.equal((await exchange.storage.parts.get(orgId, 'prompt', shown.prompt.id))?.content, 'Be kind.');
    });

    const withTools = (...types: string[]) =>
      foreign({
        brain: {
          provider: 'x',
          messages: [],
          tools: types.map((type) => ({ type, settings: {} })),
          toolIds: [],
          settings: {},
        },
      });

    it('keep the tools that they hold where a list of actions names them', async () => {
      const agent = await withTools('endCall', 'dtmf', 'function');
      const [endCall, dtmf] = (await expanded(agent)).tools;
      assert.ok(endCall && dtmf);
      await changed(agent.id, {
        actions: [
          { id: dtmf.id },
          { id: endCall.id, body: { type: 'external' } },
          { body: { type: 'setHold' } },
        ],
      });
      const { brain } = await stored(agent.id);
      assert.deepEqual(
        brain?.tools.map(({ type }) => type),
        ['dtmf', 'external'],
      );
      assert.equal(brain?.toolIds.length, 1);
    });

    it('lend a tool that they hold as a copy, and a prompt as the same', async () => {
      const [lender, borrower] = [await withTools('endCall'), await foreign()];
      const { tools, prompt } = await expanded(lender);
      const [tool] = tools;
      assert.ok(tool);
      const after = await changed(borrower.id, {
        actions: [{ id: tool.id }],
        prompt: { id: prompt.id, body: { content: 'For both.' } },
      });
      assert.deepEqual([after.tools[0]?.tool.type, after.tools[0]?.id === tool.id], ['endCall', false]);
      assert.equal(after.prompt.id, prompt.id);
      const { brain } = await stored(lender.id);
      assert.deepEqual(brain?.tools, lender.brain?.tools);
      assert.deepEqual(brain?.messages, [{ role: 'system', content: 'For both.' }]);
    });

    it('are made anew under an id whose parts were left behind', async () => {
      const agent = await foreign();
      const before = await changed(agent.id, { prompt: { body: { content: 'Once.' } } });
      await exchange.storage.agents.remove(orgId, agent.id);
      await exchange.storage.agents.insert(agent);
      const after = await changed(agent.id, { prompt: { body: { content: 'Again.' } } });
      assert.notEqual(after.prompt.id, before.prompt.id);
      assert.equal((await exchange.storage.parts.get(orgId, 'prompt', before.prompt.id))?.content, 'Once.');
    });

    it('are listed with the ids that they are shown with', async () => {
      const agent = await withTools('dtmf');
      const { items } = await agentParts.page(orgId, { limit: 1, order: 'descending' });
      const { prompt, voice, tools } = await expanded(agent);
      assert.deepEqual(items[0]?.partIds, { prompt: prompt.id, voice: voice.id });
      assert.deepEqual(items[0]?.brain?.toolIds, [tools[0]?.id]);
      assert.equal(await agentParts.get(exchange.otherOrgId, agent.id), undefined);
    });

    it('let go of a part that their own API changes, so that no other agent changes', async () => {
      const one = await expanded(await foreign({ voice: { provider: 'azure', settings: {} } }));
      const other = await changed((await foreign()).id, { voice: { id: one.voice.id } });
      const body = { voice: { provider: '11labs', voiceId: 'x' } };
      await exchange.inject('PATCH', `/assistant/${one.agent.id}`, body);
      const after = await expanded(await stored(one.agent.id));
      assert.notEqual(after.voice.id, one.voice.id);
      assert.equal(after.voice.voice.provider, '11labs');
      assert.equal(after.prompt.id, one.prompt.id);
      const model = {
        provider: 'openai',
        model: 'gpt-4o',
        messages: [{ role: 'system', content: 'Theirs.' }],
      };
      const patched = await exchange.inject('PATCH', `/assistant/${one.agent.id}`, { model });
      assert.equal(patched.status, 200, patched.text);
      const { prompt } = await expanded(await stored(one.agent.id));
      assert.deepEqual([prompt.content, prompt.id === one.prompt.id], ['Theirs.', false]);
      assert.equal((await exchange.storage.parts.get(orgId, 'prompt', one.prompt.id))?.content, '');
      assert.deepEqual(await expanded(await stored(other.agent.id)), other);
    });
  });

  it('are made whole in one write, with defaults for what is left out', async () => {
    const { agent, prompt, voice, webhook, vectorDatabase, tools } = await agentParts.create(orgId, {
      prompt: { body: { content: 'Sell bread.', plan: { tags: ['a'] } } },
      webhook: { body: { url: 'https://x.example' } },
      vectorDatabase: { body: { index: 'bread' } },
      actions: [{ body: { type: 'dtmf' } }],
      apply: (blank) => ({ ...blank, name: 'Baker' }),
    });
    assert.deepEqual(await stored(agent.id), agent);
    assert.equal(agent.name, 'Baker');
    assert.deepEqual(agent.brain?.messages, [{ role: 'system', content: 'Sell bread.' }]);
    assert.deepEqual(agent.promptPlan, { tags: ['a'] });
    assert.deepEqual(agent.webhook?.url, 'https://x.example');
    assert.deepEqual(agent.brain?.toolIds, [tools[0]?.id]);
    assert.deepEqual(agent.partIds, {
      prompt: prompt.id,
      voice: voice.id,
      webhook: webhook?.id,
      vectorDatabase: vectorDatabase?.id,
    });
    const { items } = await exchange.storage.parts.page(orgId, 'prompt', { limit: 1, order: 'descending' });
    assert.deepEqual(items, [prompt]);
  });

  it('begin as what they are made from', async () => {
    const voice = { provider: 'azure', voiceId: 'a', settings: {} };
    const id = newId();
    const made = await agentParts.create(orgId, {
      voice: { body: { speed: 2 } },
      apply: ({ orgId, createdAt, updatedAt }) => ({
        ...{ id, orgId, createdAt, updatedAt, extras: {}, voice },
        brain: {
          provider: 'offhook',
          messages: [{ role: 'system', content: 'Stock.' }],
          tools: [{ type: 'endCall', settings: {} }],
          toolIds: [],
          settings: {},
        },
      }),
    });
    assert.deepEqual(made, await expanded(await stored(id)));
    assert.deepEqual([made.prompt.content, made.tools[0]?.tool.type], ['Stock.', 'endCall']);
    assert.deepEqual(
      [made.voice.voice, made.agent.voice],
      [
        { ...voice, speed: 2 },
        { ...voice, speed: 2 },
      ],
    );
  });

  it('let go of a part where what is no part of them changes its copy', async () => {
    const one = await agentParts.create(orgId, { voice: { body: { provider: 'azure' } } });
    const voice = { provider: 'rime-ai', settings: {} };
    const after = await changed(one.agent.id, { apply: (agent) => ({ ...agent, voice }) });
    assert.deepEqual([after.voice.voice, after.voice.id === one.voice.id], [voice, false]);
    assert.deepEqual(await exchange.storage.parts.get(orgId, 'voice', one.voice.id), one.voice);
  });

  it('change a shared part for all, and attach one of their own org alone', async () => {
    const one = await agentParts.create(orgId, { prompt: { body: { content: 'One.' } } });
    const two = await agentParts.create(orgId, { prompt: { id: one.prompt.id } });
    exchange.clock.advance(1);
    await changed(two.agent.id, { prompt: { body: { content: 'Both.' } } });
    const { prompt, agent } = await expanded(await stored(one.agent.id));
    assert.deepEqual([prompt.id, prompt.content], [two.prompt.id, 'Both.']);
    assert.deepEqual(agent.brain?.messages, [{ role: 'system', content: 'Both.' }]);
    const others = new AgentParts({ ...exchange.storage, clock: exchange.clock }, writers);
    await assert.rejects(others.create(exchange.otherOrgId, { prompt: { id: prompt.id } }), /no prompt/);
    await assert.rejects(agentParts.change(orgId, agent.id, { voice: { id: prompt.id } }), /no voice/);
  });

  it('do not touch the agents of a shared part with what changes nothing', async () => {
    const one = await agentParts.create(orgId, { prompt: { body: { content: 'Same.' } } });
    const two = await agentParts.create(orgId, { prompt: { id: one.prompt.id } });
    exchange.clock.advance(1);
    await changed(two.agent.id, { prompt: { id: one.prompt.id, body: { content: 'Same.' } } });
    assert.deepEqual(await stored(one.agent.id), one.agent);
  });

  it('get a new voice where fields mean another kind, and the old one stays for others', async () => {
    const voice = { body: { provider: 'azure', voiceId: 'a' } };
    const { agent, voice: old } = await agentParts.create(orgId, { voice });
    const faster = await changed(agent.id, { voice: { body: { speed: 2 } } });
    assert.deepEqual([faster.voice.id, faster.agent.voice?.speed], [old.id, 2]);
    const { voice: made } = await changed(agent.id, { voice: { body: { provider: 'rime-ai' } } });
    assert.notEqual(made.id, old.id);
    assert.deepEqual(made.voice, { provider: 'rime-ai', settings: {} });
    const kept = await exchange.storage.parts.get(orgId, 'voice', old.id);
    assert.deepEqual(kept, faster.voice);
  });

  it('lose what is cleared; a prompt and a voice fall back to the default', async () => {
    const { agent } = await agentParts.create(orgId, {
      prompt: { body: { content: 'x' } },
      voice: { body: { provider: 'azure' } },
      webhook: { body: { url: 'https://x.example' } },
      vectorDatabase: { body: { index: 'x' } },
    });
    const after = await changed(agent.id, { prompt: null, voice: null, webhook: null, vectorDatabase: null });
    assert.deepEqual([after.webhook, after.vectorDatabase], [undefined, undefined]);
    assert.deepEqual([after.prompt.content, after.voice.voice.provider], ['', 'offline']);
    assert.deepEqual(
      [after.agent.webhook, after.agent.voice, after.agent.brain?.messages],
      [undefined, undefined, []],
    );
  });

  it('replace the whole list of actions', async () => {
    const { agent, tools } = await agentParts.create(orgId, {
      actions: [{ body: { type: 'dtmf' } }, { body: { type: 'endCall' } }],
      apply: (blank) => ({ ...blank, usesAllTools: true }),
    });
    const [dtmf, endCall] = tools;
    assert.ok(dtmf && endCall);
    assert.equal(agent.usesAllTools, undefined);
    const after = await changed(agent.id, {
      actions: [
        { id: endCall.id },
        { body: { type: 'external' } },
        { id: dtmf.id, body: { type: 'transferCall' } },
        { id: newId(), body: { type: 'setHold' } },
        { id: endCall.id },
        { id: dtmf.id },
      ],
    });
    assert.deepEqual(
      after.tools.map(({ tool }) => tool.type),
      ['endCall', 'external', 'transferCall', 'setHold'],
    );
    assert.equal(after.tools[2]?.id, dtmf.id);
    assert.equal((await exchange.storage.tools.get(orgId, dtmf.id))?.tool.type, 'transferCall');
    assert.deepEqual((await changed(agent.id, { actions: [] })).tools, []);
    await assert.rejects(agentParts.change(orgId, agent.id, { actions: [{ id: newId() }] }), /no action/);
  });

  it('are not changed at all where a field is refused, which is named by its whole path', async () => {
    const { agent } = await agentParts.create(orgId, { prompt: { body: { content: 'Before.' } } });
    const halfway = { prompt: { body: { content: 'Lost.' } } };
    await assert.rejects(
      agentParts.change(orgId, agent.id, { ...halfway, webhook: { body: {} } }, ['inbound_agent']),
      paths([['inbound_agent', 'webhook', 'url']]),
    );
    const actions = [{ body: { type: 'dtmf' } }, { body: { type: '' } }];
    await assert.rejects(
      agentParts.change(orgId, agent.id, { ...halfway, actions }),
      paths([['actions', 1, 'type']]),
    );
    assert.deepEqual(await stored(agent.id), agent);
  });

  it('keep every change of many at once', async () => {
    const { agent, prompt } = await agentParts.create(orgId, {});
    const write = (changes: Parameters<typeof agentParts.change>[2]) =>
      agentParts.change(orgId, agent.id, changes);
    await Promise.all([
      write({ prompt: { body: { content: 'New.' } } }),
      write({ voice: { body: { provider: 'azure' } } }),
      write({ actions: [{ body: { type: 'dtmf' } }] }),
      write({ apply: (current) => ({ ...current, name: 'Named' }) }),
    ]);
    const after = await expanded(await stored(agent.id));
    assert.equal(after.agent.name, 'Named');
    assert.deepEqual(after.agent.brain?.messages, [{ role: 'system', content: 'New.' }]);
    assert.deepEqual([after.voice.voice.provider, after.tools.length], ['azure', 1]);
    assert.equal(
      (await exchange.storage.parts.get(orgId, 'prompt', prompt.id))?.content,
      after.prompt.content,
    );
  });
});
