import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';

type Json = Record<string, unknown>;
type Api = RunningExchange['api'];

/** What is asked of an agent in whichever dialect. */
interface Words {
  name: string;
  firstMessage: string;
  prompt: string;
}

/** A number as a dialect has it; a label only where the dialect shows one. */
interface NumberView {
  address: string;
  agentId: string;
  label?: string;
}

/** One dialect's way to make, read and change agents and numbers. */
interface View {
  title: string;
  /** What of an agent the dialect has words for; open.cx has no prompt, only scenarios that are added to one. */
  words: readonly (keyof Words)[];
  labelsNumbers: boolean;
  /** Fields that change with any change. */
  restless: readonly string[];
  /** Fields of this dialect alone, which no other one has a word for. */
  extras: Json;
  make(api: Api, words: Words): Promise<string>;
  bind(api: Api, agentId: string, number: { address: string; label: string }): Promise<void>;
  whole(api: Api, agentId: string): Promise<Json>;
  wordsOf(whole: Json): Partial<Words>;
  /** The whole view after a change of words that leaves everything else. */
  expected(whole: Json, words: Partial<Words>): Json;
  change(api: Api, agentId: string, words: Partial<Words>): Promise<void>;
  addExtras(api: Api, agentId: string): Promise<void>;
  number(api: Api, agentId: string, address: string): Promise<NumberView>;
  /** The whole number; its agent by id alone. */
  wholeNumber(api: Api, agentId: string, address: string): Promise<Json>;
  labelNumber(api: Api, agentId: string, address: string, label: string): Promise<void>;
}

/** The number of the org that Vapi has under this address. */
async function vapiNumber(api: Api, address: string): Promise<Json> {
  const all = await api<Json[]>('GET', '/phone-number?limit=1000');
  return all.find(({ number }) => number === address) ?? assert.fail(`Vapi does not show ${address}`);
}

async function insertThroughVapi(
  api: Api,
  assistantId: string,
  { address, label }: { address: string; label: string },
): Promise<void> {
  const gateways = [{ ip: '192.0.2.9' }];
  const credential = await api('POST', '/credential', { provider: 'byo-sip-trunk', gateways });
  const place = { provider: 'byo-phone-number', credentialId: credential.id, number: address };
  await api('POST', '/phone-number', { ...place, name: label, assistantId });
}

function promptIn({ messages = [] }: { messages?: { role: string; content: string }[] } = {}): string {
  return messages.find(({ role }) => role === 'system')?.content ?? '';
}

/** The model with another prompt text: its first system message, as the vendor's dashboard writes it. */
function withPromptText(model: Json | undefined, content: string): Json {
  const { messages = [], ...rest } = (model ?? { provider: 'openai', model: 'gpt-4o' }) as Json & {
    messages?: Json[];
  };
  const others = messages.filter((message) => message !== messages.find(({ role }) => role === 'system'));
  return { ...rest, messages: [{ role: 'system', content }, ...others] };
}

const VAPI_EXTRAS = {
  backgroundSound: 'office',
  analysisPlan: { summaryPlan: { enabled: false } },
  metadata: { shop: 'Ferry Lane' },
};

const vapi: View = {
  title: 'Vapi',
  words: ['name', 'firstMessage', 'prompt'],
  labelsNumbers: true,
  restless: ['updatedAt'],
  extras: VAPI_EXTRAS,
  async make(api, { name, firstMessage, prompt }) {
    const tool = await api('POST', '/tool', { type: 'endCall' });
    const agent = await api('POST', '/assistant', {
      name,
      firstMessage,
      firstMessageMode: 'assistant-speaks-first',
      firstMessageInterruptionsEnabled: true,
      model: {
        provider: 'openai',
        model: 'gpt-4o',
        temperature: 0.4,
        maxTokens: 200,
        toolIds: [tool.id],
        numFastTurns: 2,
        messages: [
          { role: 'system', content: prompt },
          { role: 'assistant', content: 'An example of how I speak.' },
        ],
      },
      voice: { provider: 'azure', voiceId: 'en-US-AriaNeural', chunkPlan: { enabled: false } },
      transcriber: { provider: 'deepgram', model: 'nova-3', language: 'en-US', smartFormat: true },
      endCallPhrases: ['goodbye'],
      silenceTimeoutSeconds: 45,
      maxDurationSeconds: 900,
      startSpeakingPlan: { waitSeconds: 0.6 },
      server: { url: 'https://mine.example/vapi' },
      ...VAPI_EXTRAS,
    });
    return String(agent.id);
  },
  bind: insertThroughVapi,
  whole: (api, id) => api('GET', `/assistant/${id}`),
  wordsOf: ({ name, firstMessage, model }) =>
    ({ name, firstMessage, prompt: promptIn(model as Json | undefined) }) as Partial<Words>,
  expected(whole, { prompt, ...words }) {
    const model = whole.model as Json | undefined;
    return { ...whole, ...words, ...(prompt !== undefined && { model: withPromptText(model, prompt) }) };
  },
  async change(api, id, { prompt, ...words }) {
    const { model } = await api('GET', `/assistant/${id}`);
    const body = {
      ...words,
      ...(prompt !== undefined && { model: withPromptText(model as Json | undefined, prompt) }),
    };
    await api('PATCH', `/assistant/${id}`, body);
  },
  addExtras: async (api, id) => void (await api('PATCH', `/assistant/${id}`, VAPI_EXTRAS)),
  async number(api, _, address) {
    const { number, assistantId, name } = await vapiNumber(api, address);
    return { address: number, agentId: assistantId, label: name } as NumberView;
  },
  wholeNumber: (api, _, address) => vapiNumber(api, address),
  async labelNumber(api, _, address, label) {
    const { id } = await vapiNumber(api, address);
    await api('PATCH', `/phone-number/${id}`, { name: label });
  },
};

const VOCODE = '/vocode/v1';
/** Its numbers are digits without the plus. */
const vocodeNumber = (address: string) => `${VOCODE}/numbers?phone_number=${address.slice(1)}`;
const VOCODE_EXTRAS = { noise_suppression: true };

const vocode: View = {
  title: 'Vocode',
  words: ['name', 'firstMessage', 'prompt'],
  labelsNumbers: true,
  restless: [],
  extras: VOCODE_EXTRAS,
  async make(api, { name, firstMessage, prompt }) {
    const agent = await api('POST', `${VOCODE}/agents/create`, {
      name,
      initial_message: firstMessage,
      prompt,
      openai_model_name_override: 'gpt-4o',
      voice: { type: 'voice_azure', voice_name: 'en-US-JennyNeural', rate: 10 },
      webhook: { url: 'https://mine.example/vocode', subscriptions: ['event_message'] },
      actions: [{ type: 'action_end_conversation' }],
      vector_database: {
        type: 'vector_database_pinecone',
        index: 'shop',
        api_key: 'k',
        api_environment: 'e',
      },
      language: 'es',
      interrupt_sensitivity: 'high',
      endpointing_sensitivity: 'relaxed',
      conversation_speed: 1.25,
      initial_message_delay: 0.5,
      idle_time_seconds: 20,
      ask_if_human_present_on_idle: true,
      context_endpoint: 'https://mine.example/context',
      run_do_not_call_detection: true,
      llm_temperature: 0.5,
      llm_fallback: { provider: 'azure', model_name: 'gpt-4o-mini' },
      deepgram_keywords: { kansas: 10 },
      ...VOCODE_EXTRAS,
    });
    return String(agent.id);
  },
  async bind(api, agentId, { address, label }) {
    const account = await api('POST', `${VOCODE}/account_connections/create`, {
      type: 'account_connection_twilio',
      credentials: { twilio_account_sid: 'AC1', twilio_auth_token: 'token' },
    });
    await api('POST', `${VOCODE}/numbers/link`, {
      phone_number: address.slice(1),
      telephony_account_connection: account.id,
      inbound_agent: agentId,
    });
    await this.labelNumber(api, agentId, address, label);
  },
  whole: (api, id) => api('GET', `${VOCODE}/agents?id=${id}`),
  wordsOf: ({ name, initial_message: firstMessage, prompt }) =>
    ({ name, firstMessage, prompt }) as Partial<Words>,
  expected: (whole, words) => ({ ...whole, ...inVocode(words) }),
  change: async (api, id, words) =>
    void (await api('POST', `${VOCODE}/agents/update?id=${id}`, inVocode(words))),
  addExtras: async (api, id) => void (await api('POST', `${VOCODE}/agents/update?id=${id}`, VOCODE_EXTRAS)),
  async number(api, _, address) {
    const { number, inbound_agent, label } = await api('GET', vocodeNumber(address));
    return { address: `+${number}`, agentId: (inbound_agent as Json).id, label } as NumberView;
  },
  async wholeNumber(api, _, address) {
    const { inbound_agent, ...rest } = await api('GET', vocodeNumber(address));
    return { ...rest, inbound_agent: (inbound_agent as Json).id };
  },
  labelNumber: async (api, agentId, address, label) => {
    const path = `${VOCODE}/numbers/update?phone_number=${address.slice(1)}`;
    await api('POST', path, { label, inbound_agent: agentId });
  },
};

function inVocode({ firstMessage, ...words }: Partial<Words>): Json {
  return { ...words, ...(firstMessage !== undefined && { initial_message: firstMessage }) };
}

const PHONES = '/opencx/phone';
const OPENCX_EXTRAS = {
  accent: 'scottish',
  flow: { id: 'n1', type: 'root', children: [] },
  manual_mode: true,
};

const opencx: View = {
  title: 'open.cx',
  words: ['name', 'firstMessage'],
  labelsNumbers: false,
  restless: ['updated_at'],
  extras: OPENCX_EXTRAS,
  async make(api, { name, firstMessage }) {
    const agent = await api('POST', PHONES, {
      name,
      first_message: firstMessage,
      type: 'outbound',
      voice_id: 'slt',
      language: 'en',
      speed: 1.25,
      interruptible: false,
      handoff_phone_number: '+14155550199',
      use_org_knowledgebase: true,
      data_collection_fields: ['email', 'order'],
      data_collection_webhook_url: 'https://mine.example/collected',
      custom_llm: 'https://llm.example/v1',
      model: 'oppie-vox-turbo',
      ...OPENCX_EXTRAS,
    });
    return String(agent.id);
  },
  // It has no route that makes numbers.
  bind: insertThroughVapi,
  whole: (api, id) => api('GET', `${PHONES}/${id}`),
  wordsOf: ({ name, first_message: firstMessage }) => ({ name, firstMessage }) as Partial<Words>,
  expected: (whole, words) => ({ ...whole, ...inOpencx(words) }),
  change: async (api, id, words) => void (await api('PATCH', `${PHONES}/${id}`, inOpencx(words))),
  addExtras: async (api, id) => void (await api('PATCH', `${PHONES}/${id}`, OPENCX_EXTRAS)),
  // An agent and the oldest of its numbers are one object.
  async number(api, id) {
    const agent = await api('GET', `${PHONES}/${id}`);
    return { address: agent.phone_number, agentId: agent.id } as NumberView;
  },
  async wholeNumber(api, id) {
    const { phone_number, id: agentId } = await api('GET', `${PHONES}/${id}`);
    return { phone_number, agentId };
  },
  labelNumber: () => assert.fail('open.cx has no label of a number'),
};

function inOpencx({ name, firstMessage }: Partial<Words>): Json {
  return {
    ...(name !== undefined && { name }),
    ...(firstMessage !== undefined && { first_message: firstMessage }),
  };
}

const VIEWS = [vapi, vocode, opencx];
const PAIRS = VIEWS.flatMap((here) => VIEWS.filter((there) => there !== here).map((there) => [here, there]));

const FIRST = { name: 'Bakery', firstMessage: 'Good morning.', prompt: 'You sell bread.' };
const SECOND = { name: 'Tea room', firstMessage: 'Good afternoon.', prompt: 'You pour tea.' };
const THIRD = { name: 'Night desk', firstMessage: 'Good night.', prompt: 'You lock the doors.' };

let exchange: RunningExchange;

before(async () => {
  exchange = await startExchange();
});

after(() => exchange.stop());

for (const [index, [here, there]] of PAIRS.entries()) {
  if (here === undefined || there === undefined) throw new TypeError('a pair has two views');
  describe(`an agent and its number made through ${here.title}, and ${there.title}`, () => {
    const address = `+1415555${String(100 + index).padStart(4, '0')}`;
    /** Words that both have. */
    const common = here.words.filter((word) => there.words.includes(word));
    let agentId: string;

    before(async () => {
      agentId = await here.make(exchange.api, FIRST);
      await here.bind(exchange.api, agentId, { address, label: 'Front desk' });
    });

    test(`${there.title} shows ${spoken(common)} as ${here.title} has them`, async () => {
      const seen = there.wordsOf(await there.whole(exchange.api, agentId));
      assert.deepEqual(picked(seen, common), picked(FIRST, common));
    });

    test(`${there.title} shows the number, and that this agent answers it`, async () => {
      const seen = await there.number(exchange.api, agentId, address);
      const label = there.labelsNumbers ? { label: 'Front desk' } : {};
      assert.deepEqual(seen, { address, agentId, ...label });
    });

    test(`${spoken(common)} changed through ${there.title} are changed in ${here.title}; no other field is, nor the number`, async () => {
      const { api } = exchange;
      const agent = await here.whole(api, agentId);
      const number = await here.wholeNumber(api, agentId, address);
      await there.change(api, agentId, picked(SECOND, there.words));
      const seen = there.wordsOf(await there.whole(api, agentId));
      assert.deepEqual(picked(seen, there.words), picked(SECOND, there.words));
      const expected = here.expected(agent, picked(SECOND, common));
      assert.deepEqual(still(here, await here.whole(api, agentId)), still(here, expected));
      assert.deepEqual(await here.wholeNumber(api, agentId, address), number);
    });

    test(`one field changed through ${there.title} leaves the others in both`, async () => {
      const { api } = exchange;
      const [before, beforeThere] = [await here.whole(api, agentId), await there.whole(api, agentId)];
      await there.change(api, agentId, { name: 'Only the name' });
      const expected = here.expected(before, { name: 'Only the name' });
      assert.deepEqual(still(here, await here.whole(api, agentId)), still(here, expected));
      const expectedThere = there.expected(beforeThere, { name: 'Only the name' });
      assert.deepEqual(still(there, await there.whole(api, agentId)), still(there, expectedThere));
    });

    if (here.labelsNumbers && there.labelsNumbers) {
      test(`the number's label changed through ${there.title} is changed in ${here.title}; its agent and all else stay`, async () => {
        const { api } = exchange;
        const number = await here.wholeNumber(api, agentId, address);
        await there.labelNumber(api, agentId, address, 'Back door');
        const seen = await here.number(api, agentId, address);
        assert.deepEqual(seen, { address, agentId, label: 'Back door' });
        const { name: _, label: __, updatedAt: ___, ...rest } = await here.wholeNumber(api, agentId, address);
        assert.deepEqual({ ...number, ...rest }, number);
      });
    }

    test(`what only ${there.title} and what only ${here.title} has survives changes through the other`, async () => {
      const { api } = exchange;
      await there.addExtras(api, agentId);
      assert.deepEqual(picked(await here.whole(api, agentId), Object.keys(here.extras)), here.extras);
      const before = await there.whole(api, agentId);
      assert.deepEqual(picked(before, Object.keys(there.extras)), there.extras);
      await here.change(api, agentId, picked(THIRD, here.words));
      const expected = there.expected(before, picked(THIRD, common));
      assert.deepEqual(still(there, await there.whole(api, agentId)), still(there, expected));
      assert.deepEqual(picked(await here.whole(api, agentId), Object.keys(here.extras)), here.extras);
    });
  });
}

describe('where the views differ in form', () => {
  test('a tool that stands in an agent of Vapi is a stored one after a change through Vocode', async () => {
    const { api } = exchange;
    const messages = [{ role: 'system', content: FIRST.prompt }];
    const model = { provider: 'openai', model: 'gpt-4o', messages, tools: [{ type: 'endCall' }] };
    const id = String((await api('POST', '/assistant', { name: FIRST.name, model })).id);
    await vocode.change(api, id, { name: SECOND.name });
    const {
      tools,
      toolIds = [],
      ...rest
    } = (await vapi.whole(api, id)).model as { toolIds?: string[] } & Json;
    assert.deepEqual(rest, { provider: 'openai', model: 'gpt-4o', messages });
    assert.equal(tools, undefined);
    assert.equal(toolIds.length, 1);
    assert.equal((await api('GET', `/tool/${toolIds[0]}`)).type, 'endCall');
  });

  test('a first message that open.cx sets is spoken first, also where the agent waited for the caller', async () => {
    const { api } = exchange;
    const body = { name: FIRST.name, firstMessageMode: 'assistant-waits-for-user' };
    const id = String((await api('POST', '/assistant', body)).id);
    await opencx.change(api, id, { name: SECOND.name });
    assert.equal((await vapi.whole(api, id)).firstMessageMode, 'assistant-waits-for-user');
    await opencx.change(api, id, { firstMessage: SECOND.firstMessage });
    assert.equal((await vapi.whole(api, id)).firstMessageMode, 'assistant-speaks-first');
  });

  test('the model of an agent that names none is taken by Vapi as Vapi shows it', async () => {
    const { api } = exchange;
    const voice = { type: 'voice_azure', voice_name: 'en-US-JennyNeural' };
    const agent = await api('POST', `${VOCODE}/agents/create`, { prompt: FIRST.prompt, voice });
    const { model } = await vapi.whole(api, String(agent.id));
    await api('PATCH', `/assistant/${agent.id}`, { model });
  });
});

function spoken(words: readonly (keyof Words)[]): string {
  const names = { name: 'name', firstMessage: 'first message', prompt: 'prompt text' };
  return words.map((word) => names[word]).join(', ');
}

function picked<T extends object>(from: T, keys: readonly string[]): Partial<T> {
  return Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key))) as Partial<T>;
}

/** A view without the fields that change with every change. */
function still({ restless }: View, whole: Json): Json {
  return Object.fromEntries(Object.entries(whole).filter(([key]) => !restless.includes(key)));
}
