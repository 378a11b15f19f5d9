import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newId } from '../../src/lib/ids.ts';
import type { FakeOpenAi } from '../support/fake-openai.ts';
import { callsTool, says } from '../support/fake-openai.ts';
import { type FieldScene, openFieldScene } from '../support/field-scene.ts';
import { startPlainServer } from '../support/plain-server.ts';
import { callTo, destinationOf } from '../support/ringing-scene.ts';
import { modelFor } from '../support/test-agents.ts';
import { until } from '../support/until.ts';

let scene: FieldScene;

before(async () => {
  scene = await openFieldScene();
});

after(() => scene.close());

interface ModelRequest {
  messages: { role: string; content: string }[];
  tools?: { function: { name: string } }[];
}

function requestOf(model: FakeOpenAi, index: number): ModelRequest {
  const request = model.requests[index] ?? assert.fail(`the model was not asked ${index + 1} times`);
  return request.body as unknown as ModelRequest;
}

const stored = () => {
  const now = Date.now();
  return { id: newId(now), orgId: scene.orgId, createdAt: now, updatedAt: now };
};

describe("open.cx's fields on a live call", { concurrency: 4 }, () => {
  test('instructions are in the prompt, and the model may call every tool of the org', async (t) => {
    const scenario = { ...stored(), title: 'Late orders', content: 'Say sorry first.' };
    await scene.storage.scenarios.insert(scenario);
    await scene.storage.tools.insert({
      ...stored(),
      tool: { type: 'function', name: 'track_order', settings: {} },
    });
    const number = await scene.agentNumber(t, {
      agent: { scenarioIds: [scenario.id], usesAllTools: true },
      answers: [says('Good morning.')],
    });
    const call = await number.dial();
    await call.answered;
    await call.nextSpurt(10_000);
    await call.hangup();
    await scene.endedRow(number);
    const { messages, tools = [] } = requestOf(number.model, 0);
    assert.ok(messages.some(({ role, content }) => role === 'system' && /Say sorry first/.test(content)));
    assert.ok(tools.some(({ function: { name } }) => name === 'track_order'));
  });

  test('use_org_knowledgebase gives the model the passages that it asks for', async (t) => {
    await scene.storage.knowledge.insert({
      ...stored(),
      title: 'Returns',
      format: 'text',
      content: 'Bread may be returned within two hours.',
    });
    const number = await scene.agentNumber(t, {
      agent: { usesKnowledge: true },
      answers: [callsTool('search_knowledge', { question: 'return bread' }), says('Within two hours.')],
    });
    const call = await number.dial();
    await call.answered;
    await call.nextSpurt(10_000);
    await call.hangup();
    const row = await scene.endedRow(number);
    const { messages } = requestOf(number.model, 1);
    const last = messages.at(-1);
    assert.equal(last?.role, 'tool');
    assert.match(last?.content ?? '', /returned within two hours/);
    assert.equal(row.messages?.at(-1)?.message, 'Within two hours.');
  });

  test('handoff_phone_number is where the model hands the caller to', async (t) => {
    const user = 'handoff';
    const number = await scene.agentNumber(t, {
      agent: { handoffDestination: destinationOf(scene.operator, user) },
      answers: [callsTool('transferCall')],
    });
    const call = await number.dial();
    await call.answered;
    const operator = await callTo(scene.operator, user);
    await operator.answered;
    await scene.transferred(number);
    await call.hangup();
    assert.equal((await scene.endedRow(number)).endReason, 'assistant-forwarded-call');
  });

  test('speed is how fast the agent speaks', async () => {
    const spokenMs = async (speed: number) => {
      const agent = { name: 'Desk', first_message: 'Good morning from the bakery at the harbour.', speed };
      const { id: assistantId } = await scene.exchange.api('POST', '/phone', agent);
      const number = await scene.number({ assistantId });
      const call = await number.dial();
      await call.answered;
      const { startedAt, endedAt } = await call.nextSpurt(15_000);
      await call.hangup();
      return endedAt - startedAt;
    };
    const [slow, fast] = await Promise.all([spokenMs(1), spokenMs(1.5)]);
    // Two thirds, and some room for the pauses between words.
    assert.ok(fast < slow * 0.8, `${fast} of ${slow} ms`);
  });

  test('custom_llm thinks for the agent', async (t) => {
    const model = await modelFor(t, [says('From nine to five.')]);
    const agent = {
      name: 'Desk',
      first_message: 'Ask me.',
      custom_llm: model.url,
      data_collection_fields: ['email'],
    };
    const { id: assistantId } = await scene.exchange.api('POST', '/phone', agent);
    const number = await scene.number({ assistantId });
    const call = await number.dial();
    await call.answered;
    await call.nextSpurt(10_000);
    const { monitor } = await until('the agent speaks', async () => {
      const shown = await scene.exchange.callTo(number.id);
      const lines = shown ? await scene.exchange.timeline(shown.id) : [];
      return lines.some(({ type }) => type === 'agent.started') && scene.exchange.callTo(number.id);
    });
    const message = { role: 'user', content: 'What are your hours?' };
    await fetch(monitor?.controlUrl ?? assert.fail('it has no control URL'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'add-message', message, triggerResponseEnabled: true }),
    });
    await call.nextSpurt(10_000);
    await call.hangup();
    const { messages: said = [] } = await scene.endedRow(number);
    assert.equal(said.at(-1)?.message, 'From nine to five.');
    const { messages, tools = [] } = requestOf(model, 0);
    assert.equal(messages.at(-1)?.content, 'What are your hours?');
    assert.ok(tools.some(({ function: { name } }) => name === 'save_fields'));
  });

  test('collected fields are delivered after the call', async (t) => {
    const server = await startPlainServer();
    t.after(() => server.close());
    const number = await scene.agentNumber(t, {
      agent: { dataCollection: { fields: [{ name: 'email' }], webhookUrl: `${server.url}/data` } },
      answers: [callsTool('save_fields', { email: 'ann@example.com' }), says('Thank you.')],
    });
    const call = await number.dial();
    await call.answered;
    await call.nextSpurt(10_000);
    assert.deepEqual(server.requests, [], 'nothing is delivered while the call is up');
    await call.hangup();
    const row = await scene.endedRow(number);
    const { method, body } = await server.until('the data has come', ({ path }) => path === '/data');
    assert.equal(method, 'POST');
    assert.deepEqual(JSON.parse(body), {
      phone_agent_id: number.agentId,
      session_id: row.id,
      data: { email: 'ann@example.com' },
    });
  });
});
