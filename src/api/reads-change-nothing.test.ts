import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../test/support/http-exchange.ts';

type Json = Record<string, unknown>;

const ASSISTANT = {
  name: 'Baker',
  firstMessage: 'Bread?',
  model: {
    provider: 'openai',
    model: 'gpt-4o',
    messages: [{ role: 'system', content: 'Sell bread.' }],
    tools: [
      { type: 'endCall' },
      { type: 'function', function: { name: 'price', parameters: { type: 'object', properties: {} } } },
    ],
  },
};

describe('an assistant of Vapi that other dialects read', () => {
  let exchange: HttpExchange;
  let id: string;
  before(async () => {
    exchange = await openHttpExchange();
    const made = await exchange.inject('POST', '/vapi/assistant', ASSISTANT);
    assert.equal(made.status, 201, made.text);
    id = (made.body as { id: string }).id;
  });
  after(() => exchange.close());

  const get = async (url: string) => {
    const { status, body, text } = await exchange.inject('GET', url);
    assert.equal(status, 200, text);
    return { body, text };
  };
  const seenBy = async (...urls: string[]) => {
    const texts: string[] = [];
    for (const url of urls) texts.push((await get(url)).text);
    return texts;
  };
  const everything = () =>
    seenBy(
      `/vapi/assistant/${id}`,
      '/vapi/assistant',
      '/vapi/tool',
      '/vocode/v1/agents/list',
      '/vocode/v1/prompts/list',
      '/vocode/v1/voices/list',
      '/vocode/v1/actions/list',
      '/fluents/v1/agents/list',
      '/fluents/v1/prompts/list',
      '/fluents/v1/voices/list',
      '/fluents/v1/actions/list',
      `/opencx/phone/${id}`,
    );

  it('stays the same to the byte in every dialect', async () => {
    const first = await everything();
    await get(`/vocode/v1/agents?id=${id}`);
    await get(`/vocode-2024/v1/agents?id=${id}`);
    await get(`/fluents/v1/agents?id=${id}`);
    assert.deepEqual(await everything(), first);
  });

  it('has its parts and actions under the ids that it is shown with', async () => {
    for (const dialect of ['vocode-2024', 'fluents']) {
      const { prompt, actions } = (await get(`/${dialect}/v1/agents?id=${id}`)).body as {
        prompt: Json;
        actions: Json[];
      };
      assert.deepEqual((await get(`/${dialect}/v1/prompts?id=${prompt.id}`)).body, prompt);
      for (const action of actions)
        assert.deepEqual((await get(`/${dialect}/v1/actions?id=${action.id}`)).body, action);
      assert.equal(actions.length, 2);
    }
  });

  it('keeps its tools in place where another dialect writes something else', async () => {
    const { body } = await get(`/vapi/assistant/${id}`);
    const { model } = body as { model: Json };
    const changed = await exchange.inject('POST', `/vocode/v1/agents/update?id=${id}`, {
      initial_message: 'Cake?',
    });
    assert.equal(changed.status, 200, changed.text);
    const after = (await get(`/vapi/assistant/${id}`)).body as { model: Json; firstMessage: string };
    assert.deepEqual(after.model, model);
    assert.equal(after.firstMessage, 'Cake?');
  });

  it('keeps them where a list of actions comes back as it was read', async () => {
    const before = (await get(`/vapi/assistant/${id}`)).body as { model: Json };
    const { actions } = (await get(`/fluents/v1/agents?id=${id}`)).body as { actions: Json[] };
    const changed = await exchange.inject('POST', `/fluents/v1/agents/update?id=${id}`, {
      actions: actions.map((action) => action.id),
    });
    assert.equal(changed.status, 201, changed.text);
    assert.deepEqual((changed.body as Json).actions, actions);
    const after = (await get(`/vapi/assistant/${id}`)).body as { model: Json };
    assert.deepEqual(after.model.tools, before.model.tools);
  });
});
