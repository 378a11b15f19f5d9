import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type FluentsExchange, openFluentsExchange } from '../../../../test/support/fluents-exchange.ts';

type Json = Record<string, unknown>;

describe('agents', () => {
  let exchange: FluentsExchange;
  before(async () => {
    exchange = await openFluentsExchange();
  });
  after(() => exchange.close());

  const send = (path: string, body: Json) => exchange.inject('POST', `/fluents/v1/${path}`, body);
  const taken = async (path: string, body: Json) => {
    const reply = await send(path, body);
    assert.equal(reply.status, 201, reply.text);
    return reply.body as Json & { id: string };
  };
  const make = (body: Json) => taken('agents/create', body);
  const change = (id: string, body: Json) => taken(`agents/update?id=${id}`, body);
  const stored = async (id: string) => {
    const agent = await exchange.storage.agents.get(exchange.orgId, id);
    assert.ok(agent);
    return agent;
  };

  it('become what the engine works with', async () => {
    const { id } = await make({
      name: 'Ann',
      label: 'Front desk',
      description: 'Answers',
      prompt: { content: 'You are Ann.', context_endpoint: 'https://a.example/of-prompt' },
      language: 'de',
      initial_message: 'Guten Tag',
      interrupt_sensitivity: 'high',
      context_endpoint: 'https://a.example/of-agent',
      endpointing_sensitivity: 'sensitive',
      ivr_navigation_mode: 'default',
      conversation_speed: 1.2,
      initial_message_delay: 1000,
      ask_if_human_present_on_idle: true,
      idle_time_seconds: 5,
      max_idle_check_count: 2,
      run_do_not_call_detection: true,
      llm_fallback: { provider: 'openai', model_name: 'gpt-4o-mini' },
      deepgram_keywords: { kansas: '10', texas: 2 },
      llm_temperature: 0.5,
      enable_recording: true,
      provider: 'openai',
      model: 'gpt-4o',
      call_duration_sec: 120,
      noise_suppression: true,
    });
    const agent = await stored(id);
    const { partIds: _, createdAt: __, updatedAt: ___, ...rest } = agent;
    assert.deepEqual(rest, {
      id,
      orgId: exchange.orgId,
      name: 'Ann',
      label: 'Front desk',
      description: 'Answers',
      firstMessage: 'Guten Tag',
      brain: {
        provider: 'openai',
        model: 'gpt-4o',
        temperature: 0.5,
        messages: [{ role: 'system', content: 'You are Ann.' }],
        tools: [],
        toolIds: [],
        settings: {},
      },
      transcriber: {
        provider: 'deepgram',
        language: 'de',
        settings: { keywords: ['kansas:10', 'texas:2'] },
      },
      promptPlan: { contextEndpoint: 'https://a.example/of-prompt' },
      contextEndpoint: 'https://a.example/of-agent',
      dials: {
        interruptSensitivity: 'high',
        endpointingSensitivity: 'sensitive',
        ivrNavigationMode: 'default',
        conversationSpeed: 1.2,
        initialMessageDelayMs: 1000,
        askIfPresentOnIdle: true,
        idleTimeSeconds: 5,
        maxIdleChecks: 2,
        noiseSuppression: true,
      },
      doNotCallDetection: true,
      llmFallback: { provider: 'openai', model: 'gpt-4o-mini' },
      recordingEnabled: true,
      maxDurationSeconds: 120,
      extras: {},
    });
  });

  it('know the settings of a transcriber by the names that this API writes, and keep what nobody knows', async () => {
    const transcriber = {
      provider: 'deepgram',
      model: 'nova-2',
      smart_format: true,
      confidence_threshold: 0.6,
      vad_turnoff: 500,
    };
    const made = await make({ transcriber });
    assert.deepEqual(made.transcriber, transcriber);
    assert.deepEqual((await stored(made.id)).transcriber?.settings, {
      smartFormat: true,
      confidenceThreshold: 0.6,
      vad_turnoff: 500,
    });
  });

  it('keep what a change leaves out, and lose what it says null of', async () => {
    const made = await make({ name: 'Ann', conversation_speed: 2, idle_time_seconds: 5, llm_temperature: 1 });
    const changed = await change(made.id, { conversation_speed: null, llm_temperature: null, unknown: 1 });
    const { conversation_speed: _, llm_temperature: __, ...rest } = made;
    assert.deepEqual(changed, rest);
    const bare = await change(made.id, { idle_time_seconds: null, name: null });
    assert.equal((await stored(bare.id)).dials, undefined);
    assert.equal((await stored(bare.id)).name, undefined);
  });

  it('take parts by their ids, share them, and change them where fields are given in place', async () => {
    const prompt = await taken('prompts/create', { content: 'Shared.' });
    const first = await make({ prompt: prompt.id });
    const second = await make({ prompt: prompt.id });
    await change(first.id, { prompt: { content: 'Changed.' } });
    const shown = (await exchange.inject('GET', `/fluents/v1/agents?id=${second.id}`)).body as Json;
    assert.deepEqual(shown.prompt, { ...prompt, content: 'Changed.' });
    assert.equal((await stored(second.id)).brain?.messages[0]?.content, 'Changed.');
    await taken(`prompts/update?id=${prompt.id}`, { content: 'Again.' });
    assert.equal((await stored(first.id)).brain?.messages[0]?.content, 'Again.');
  });

  it('replace the whole list of actions; those that come with their ids stay the same ones', async () => {
    const action = await taken('actions/create', { type: 'action_dtmf' });
    const made = await make({ actions: [action.id, { type: 'action_end_conversation' }] });
    const [first, second] = made.actions as (Json & { id: string })[];
    assert.equal(first?.id, action.id);
    assert.ok(second);
    const changed = await change(made.id, { actions: [{ ...second, label: 'Bye' }] });
    assert.deepEqual(changed.actions, [{ ...second, label: 'Bye' }]);
    assert.deepEqual((await change(made.id, { actions: null })).actions, []);
  });

  it('get another voice where one of another kind is given, and the default one for null', async () => {
    const made = await make({ voice: { type: 'voice_azure', voice_name: 'Jenny' } });
    const azure = made.voice as Json;
    const patched = (await change(made.id, { voice: { rate: 20 } })).voice as Json;
    assert.deepEqual(patched, { ...azure, rate: 20 });
    const rime = (await change(made.id, { voice: { type: 'voice_rime', speaker: 'ana' } })).voice as Json;
    assert.notEqual(rime.id, azure.id);
    const kept = (await exchange.inject('GET', `/fluents/v1/voices?id=${azure.id}`)).body;
    assert.deepEqual(kept, patched);
    assert.equal(((await change(made.id, { voice: null })).voice as Json).type, 'voice_offline');
    assert.equal((await stored(made.id)).voice, undefined);
  });

  it('ask the model with the account that is named, given in place or by its id', async () => {
    const credentials = { openai_api_key: 'sk-1' };
    const made = await make({
      openai_account_connection: { type: 'account_connection_openai', credentials },
      openai_model_name_override: 'gpt-4-turbo',
    });
    const account = made.openai_account_connection as Json;
    assert.deepEqual(account.credentials, { openai_api_key: '********' });
    const agent = await stored(made.id);
    assert.equal(agent.brainCredentialId, account.id);
    assert.deepEqual([agent.brain?.provider, agent.brain?.model], ['openai', 'gpt-4-turbo']);
    const other = await make({ openai_account_connection: account.id });
    assert.deepEqual(other.openai_account_connection, account);
    const without = await change(made.id, { openai_account_connection: null });
    assert.equal(Object.hasOwn(without, 'openai_account_connection'), false);
  });

  it('that are refused leave no account behind', async () => {
    const reply = await send('agents/create', {
      openai_account_connection: { type: 'account_connection_openai', credentials: { api_key: 'k' } },
      voice: { label: 'no kind' },
    });
    assert.equal(reply.status, 400);
    assert.match(reply.text, /voice.type/);
    const fresh = await exchange.storage.credentials.list(exchange.orgId, { limit: 100 });
    assert.equal(
      fresh.filter((credential) => 'secrets' in credential && credential.secrets.apiKey?.reveal() === 'k')
        .length,
      0,
    );
  });

  it('with wrong values or ids of nothing are refused, each named', async () => {
    const nobody = '018bcfe5-6800-7478-abc1-af0b61010e1d';
    for (const [body, status, message] of [
      [{ language: 'tlh' }, 400, /language must be one of/],
      [{ conversation_speed: 3 }, 400, /conversation_speed must not be greater than 2/],
      [{ prompt: { content: 1 } }, 400, /prompt.content must be a string/],
      [{ voice: { type: 'voice_azure' } }, 400, /voice.voice_name should not be empty/],
      [{ webhook: { url: 'https://a.example' } }, 400, /webhook.subscriptions must be an array/],
      [{ actions: [{ type: 'action_transfer_call' }] }, 400, /actions.0.config.phone_number should not/],
      [{ actions: [nobody] }, 404, new RegExp(`Action ${nobody} was not found`)],
      [{ prompt: nobody }, 404, new RegExp(`Prompt ${nobody} was not found`)],
      [{ llm_fallback: { provider: 'openai' } }, 400, /llm_fallback.model should not be empty/],
    ] as const) {
      const reply = await send('agents/create', body);
      assert.equal(reply.status, status, reply.text);
      assert.match(reply.text, message);
    }
  });

  it('of another API show as they are and lose nothing when they are sent back', async () => {
    const assistant = {
      name: 'Vapi',
      firstMessage: 'Hello',
      model: {
        provider: 'openai',
        model: 'gpt-4o',
        messages: [
          { role: 'system', content: 'Be kind.' },
          { role: 'user', content: 'Hi' },
        ],
        tools: [{ type: 'endCall' }],
      },
      voice: { provider: '11labs', voiceId: 'v1', stability: 0.4 },
      transcriber: { provider: 'deepgram', language: 'en-US' },
      stopSpeakingPlan: { numWords: 2 },
    };
    const { id } = (await exchange.inject('POST', '/assistant', assistant)).body as { id: string };
    const shown = (await exchange.inject('GET', `/fluents/v1/agents?id=${id}`)).body as Json;
    assert.equal((shown.prompt as Json).content, 'Be kind.');
    assert.equal(shown.language, 'en');
    assert.equal((shown.voice as Json).type, 'voice_eleven_labs');
    assert.deepEqual(
      (shown.actions as Json[]).map(({ type }) => type),
      ['action_end_conversation'],
    );
    const before = (await exchange.inject('GET', `/assistant/${id}`)).body as Json;
    assert.deepEqual(await change(id, shown), shown);
    const after = (await exchange.inject('GET', `/assistant/${id}`)).body as Json;
    assert.deepEqual({ ...after, updatedAt: '' }, { ...before, updatedAt: '' });
    assert.deepEqual((after.model as Json).messages, assistant.model.messages);
    assert.deepEqual(after.transcriber, assistant.transcriber);
  });
});
