import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';
import { makeVocodeReferences, type VocodeReferences } from '../../../../test/support/vocode-bodies.ts';
import { MASK } from '../fields.ts';

type Json = Record<string, unknown>;

let exchange: HttpExchange;
let references: VocodeReferences;

before(async () => {
  exchange = await openHttpExchange();
  references = await makeVocodeReferences(exchange);
});
after(() => exchange.close());

async function send(method: string, url: string, body?: unknown) {
  const { status, body: reply, text } = await exchange.inject(method, url, body);
  return { status, body: reply as Json, text };
}

async function ok(method: string, url: string, body?: unknown): Promise<Json> {
  const { status, body: reply, text } = await send(method, url, body);
  assert.equal(status, 200, text);
  return reply;
}

const VOICE = { type: 'voice_azure', voice_name: 'en-US-GuyNeural' };
const make = (body: Json = {}) =>
  ok('POST', '/v1/agents/create', { prompt: 'Be kind.', voice: VOICE, ...body });
const change = (id: unknown, body: unknown) => ok('POST', `/vocode-2024/v1/agents/update?id=${id}`, body);
const refused = async (id: unknown, body: unknown, prefix = '/vocode-2024') => {
  const { status, body: reply, text } = await send('POST', `${prefix}/v1/agents/update?id=${id}`, body);
  assert.equal(status, 422, text);
  return reply.detail as { loc: unknown[]; msg: string; type: string }[];
};
const idOf = (value: unknown) => (value as { id: string }).id;
const stored = async (id: unknown) => {
  const agent = await exchange.storage.agents.get(exchange.orgId, String(id));
  assert.ok(agent);
  return agent;
};

describe('an agent', () => {
  it('is read at its path with and without a slash at the end, in the shape of each revision', async () => {
    const { id } = await make({ webhook: references.webhook });
    const old = await ok('GET', `/v1/agents/?id=${id}`);
    assert.deepEqual(await ok('GET', `/vocode/v1/agents?id=${id}`), old);
    assert.equal(old.prompt, 'Be kind.');
    assert.equal('initial_message' in old, false);
    const last = await ok('GET', `/vocode-2024/v1/agents?id=${id}`);
    assert.equal((last.prompt as Json).content, 'Be kind.');
    assert.equal(last.initial_message, null);
  });

  it('is listed with the ids of its parts, bare or in pages', async () => {
    const { id } = await make();
    const all = (await ok('GET', '/v1/agents/list')) as unknown as Json[];
    const item = all.find((one) => one.id === id);
    assert.equal(typeof item?.voice, 'string');
    assert.equal(item?.prompt, 'Be kind.');
    const page = await ok('GET', '/vocode-2024/v1/agents/list?page=1&size=1&sort_desc=true');
    assert.deepEqual(
      { ...page, items: (page.items as Json[]).length },
      { items: 1, page: 1, size: 1, has_more: true, total: all.length, total_is_estimated: false },
    );
  });

  it('keeps its dials as the domain has them', async () => {
    const { id } = await make({
      interrupt_sensitivity: 'high',
      endpointing_sensitivity: 'sensitive',
      ivr_navigation_mode: 'default',
      conversation_speed: '1.5',
      initial_message_delay: 0.25,
      idle_time_seconds: '20',
      ask_if_human_present_on_idle: true,
      noise_suppression: true,
      initial_message: 'Hi',
      language: 'de',
      deepgram_keywords: { kansas: 10 },
      llm_fallback: { provider: 'azure', model_name: 'gpt-4' },
      run_do_not_call_detection: true,
      context_endpoint: 'https://context.example/',
    });
    const agent = await stored(id);
    assert.deepEqual(agent.dials, {
      interruptSensitivity: 'high',
      endpointingSensitivity: 'sensitive',
      ivrNavigationMode: 'default',
      conversationSpeed: 1.5,
      initialMessageDelayMs: 250,
      idleTimeSeconds: 20,
      askIfPresentOnIdle: true,
      noiseSuppression: true,
    });
    assert.equal(agent.firstMessage, 'Hi');
    assert.equal(agent.transcriber?.language, 'de');
    assert.deepEqual(agent.transcriber?.settings.keywords, ['kansas:10']);
    assert.deepEqual(agent.llmFallback, { provider: 'azure-openai', model: 'gpt-4' });
    assert.equal(agent.doNotCallDetection, true);
    assert.equal(agent.contextEndpoint, 'https://context.example/');
    const shown = await ok('GET', `/v1/agents?id=${id}`);
    assert.equal(shown.initial_message_delay, 0.25);
    assert.deepEqual(shown.deepgram_keywords, { kansas: 10 });
    assert.deepEqual(shown.llm_fallback, { provider: 'azure', model_name: 'gpt-4' });
  });

  it('asks its model with the account that it names', async () => {
    const { id } = await make({
      openai_account_connection: references.openAi,
      openai_model_name_override: 'gpt-4o',
    });
    const { brain, brainCredentialId } = await stored(id);
    assert.deepEqual(
      [brain?.provider, brain?.model, brainCredentialId],
      ['openai', 'gpt-4o', references.openAi],
    );
    const shown = await ok('GET', `/v1/agents?id=${id}`);
    assert.deepEqual((shown.openai_account_connection as Json).credentials, { openai_api_key: MASK });
    const other = await send('POST', `/v1/agents/update?id=${id}`, {
      openai_account_connection: references.twilio,
    });
    assert.equal(other.status, 400);
    // A whole agent that was read can be sent back.
    await change(id, await ok('GET', `/vocode-2024/v1/agents?id=${id}`));
    assert.equal((await stored(id)).brainCredentialId, references.openAi);
  });
});

describe('an update of an agent', () => {
  it('changes nothing by what is left out, or is an empty object', async () => {
    const made = await make({ initial_message: 'Hi', webhook: references.webhook });
    const { id } = made;
    const fields = ['name', 'prompt', 'voice', 'webhook', 'actions', 'language', 'initial_message'];
    await change(id, Object.fromEntries(fields.map((field) => [field, {}])));
    await change(id, {});
    assert.deepEqual(await ok('GET', `/v1/agents?id=${id}`), made);
  });

  it('clears by null where the last revision lists it, and refuses null elsewhere', async () => {
    const { id } = await make({ name: 'Ann', initial_message: 'Hi', webhook: references.webhook });
    const cleared = await change(id, { name: null, initial_message: null, webhook: null });
    assert.deepEqual([cleared.name, cleared.initial_message, cleared.webhook], [null, null, null]);
    const { firstMessage, webhook, partIds } = await stored(id);
    assert.deepEqual([firstMessage, webhook, partIds?.webhook], [undefined, undefined, undefined]);
    for (const field of ['prompt', 'voice', 'actions', 'language', 'conversation_speed']) {
      const [detail] = await refused(id, { [field]: null });
      assert.deepEqual(detail?.loc, ['body', field]);
    }
    const [old] = await refused(id, { name: null }, '');
    assert.deepEqual(old, {
      loc: ['body', 'name'],
      msg: 'none is not an allowed value',
      type: 'type_error.none.not_allowed',
    });
  });

  it('patches the part that is there, for all agents that share it', async () => {
    const one = await make({ voice: references.voice });
    const other = await make({ voice: references.voice });
    await change(one.id, { voice: { type: 'voice_azure', rate: '30' }, prompt: { content: 'New.' } });
    const shown = await ok('GET', `/v1/agents?id=${other.id}`);
    assert.equal((shown.voice as Json).rate, 30);
    assert.equal(shown.prompt, 'Be kind.');
    assert.equal((await stored(other.id)).voice?.settings.rate, 30);
  });

  it('points to another part by its id, and makes one where there is none', async () => {
    const { id } = await make();
    const pointed = await change(id, { prompt: references.prompt });
    assert.equal(idOf(pointed.prompt), references.prompt);
    const webhook = { url: 'https://new.example', subscriptions: ['event_action'] };
    const made = await change(id, { webhook });
    assert.equal((made.webhook as Json).method, 'POST');
    assert.deepEqual((await stored(id)).webhook, { ...webhook, method: 'POST' });
    const unknown = '3f0d5c5e-0000-4000-8000-000000000000';
    const missing = await send('POST', `/v1/agents/update?id=${id}`, { voice: unknown });
    assert.deepEqual([missing.status, missing.body], [404, { detail: `Voice ${unknown} not found` }]);
  });

  it('makes a new voice of another type, which needs what such a voice needs', async () => {
    const made = await make();
    const [detail] = await refused(made.id, { voice: { type: 'voice_rime' } });
    assert.deepEqual(detail, { loc: ['body', 'voice', 'speaker'], msg: 'Field required', type: 'missing' });
    const changed = await change(made.id, { voice: { type: 'voice_rime', speaker: 'eva' } });
    assert.notEqual(idOf(changed.voice), idOf(made.voice));
    assert.equal((await stored(made.id)).voice?.provider, 'rime-ai');
    // The old one is still there for others.
    await ok('GET', `/v1/voices?id=${idOf(made.voice)}`);
  });

  it('replaces the whole list of actions', async () => {
    const { id } = await make({ actions: [{ type: 'action_dtmf' }] });
    const first = await change(id, {
      actions: [
        references.action,
        { type: 'action_transfer_call', config: { transfer_phone_number: '1 415 555 0123' } },
      ],
    });
    const [kept, made] = first.actions as Json[];
    assert.equal(kept?.id, references.action);
    assert.deepEqual(made?.config, { phone_number: '14155550123' });
    const tool = await exchange.storage.tools.get(exchange.orgId, idOf(made));
    assert.deepEqual(tool?.tool.destinations, [
      { type: 'number', number: '+14155550123', e164CheckEnabled: true },
    ]);
    assert.deepEqual((await change(id, { actions: [] })).actions, []);
  });

  it('names the place of what is malformed, and changes nothing', async () => {
    const made = await make();
    const cases: [unknown, unknown[]][] = [
      [{ voice: { type: 'bogus' } }, ['voice', 'type']],
      [{ voice: { voice_name: 'x' } }, ['voice', 'type']],
      [{ webhook: { uri: 'https://a.example' } }, ['webhook']],
      [{ webhook: { url: 'ftp://a.example' } }, ['webhook', 'url']],
      [{ webhook: { url: 'https://a.example' } }, ['webhook', 'subscriptions']],
      [{ prompt: { collect_fields: [{ name: 'x' }] } }, ['prompt', 'collect_fields', 0, 'field_type']],
      [{ actions: [{ type: 'action_external', config: {} }] }, ['actions', 0, 'config']],
      [{ conversation_speed: 9 }, ['conversation_speed']],
      [{ voice: 'no id' }, ['voice']],
    ];
    for (const [body, loc] of cases) {
      const [detail] = await refused(made.id, body);
      assert.deepEqual(detail?.loc.slice(0, loc.length + 1), ['body', ...loc], JSON.stringify(body));
    }
    assert.deepEqual(await ok('GET', `/v1/agents?id=${made.id}`), made);
  });

  it('keeps what other APIs gave the agent, and is seen by them', async () => {
    const reply = await exchange.inject('POST', '/assistant', {
      name: 'Ann',
      model: {
        provider: 'openai',
        model: 'gpt-4o',
        messages: [{ role: 'system', content: 'Be brief.' }],
        tools: [{ type: 'endCall' }],
      },
      voice: { provider: 'cartesia', voiceId: 'sonic' },
      backgroundSound: 'office',
    });
    const { id } = reply.body as Json;
    const shown = await ok('GET', `/vocode-2024/v1/agents?id=${id}`);
    assert.equal((shown.prompt as Json).content, 'Be brief.');
    assert.equal((shown.voice as Json).voice_name, 'cartesia:sonic');
    assert.deepEqual(
      (shown.actions as Json[]).map(({ type }) => type),
      ['action_end_conversation'],
    );
    await change(id, { ...shown, prompt: { content: 'Be long.' } });
    const { model, voice, backgroundSound } = (await send('GET', `/assistant/${id}`)).body as Record<
      string,
      Json
    >;
    assert.deepEqual(model?.messages, [{ role: 'system', content: 'Be long.' }]);
    assert.equal(model?.model, 'gpt-4o');
    assert.deepEqual(voice, { provider: 'cartesia', voiceId: 'sonic' });
    assert.equal(backgroundSound, 'office');
  });
});

describe('secrets', () => {
  it('are masked, survive being sent back, and appear in no other API', async () => {
    const made = await make({ voice: { type: 'voice_eleven_labs', voice_id: 'v', api_key: 'hush' } });
    assert.equal((made.voice as Json).api_key, MASK);
    await change(made.id, await ok('GET', `/vocode-2024/v1/agents?id=${made.id}`));
    const key = (await stored(made.id)).voice?.settings.apiKey as { reveal(): string };
    assert.equal(key.reveal(), 'hush');
    const seen = await send('GET', `/assistant/${made.id}`);
    assert.equal((seen.body.voice as Json).voiceId, 'v');
    assert.equal('apiKey' in (seen.body.voice as Json), false);
  });
});
