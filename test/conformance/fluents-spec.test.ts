import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Ajv, type ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { type FluentsExchange, openFluentsExchange } from '../support/fluents-exchange.ts';
import { arbitraryOf } from '../support/json-schema-arbitrary.ts';
import { eventOf, liveCall, sampleMessages } from '../support/sample-call.ts';
import { readSpec } from '../support/specs.ts';

type Json = Record<string, unknown>;
interface Operation {
  responses: Record<string, { content?: Record<string, { schema: Json }> }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json> };
}

const SEED = 20_261_125;
const RUNS = 60;

const document = readSpec('fluents.openapi.json') as Document | undefined;
const skip = document ? false : 'the vendor documents are not here (OFFHOOK_SPECS)';

/** The check of one route's reply, by method and path. */
function checks({
  paths,
  components,
}: Document): (method: string, path: string) => ValidateFunction | undefined {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'spec', components });
  const resolved = (schema: Json): Json => JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"spec#/'));
  const compiled = new Map<string, ValidateFunction>();
  return (method, path) => {
    const { responses } = paths[path]?.[method.toLowerCase()] ?? {};
    const reply = Object.entries(responses ?? {}).find(([status]) => status.startsWith('2'))?.[1];
    const schema = reply?.content?.['application/json']?.schema;
    if (!schema) return undefined;
    const key = JSON.stringify(schema);
    const check = compiled.get(key) ?? ajv.compile(resolved(schema));
    compiled.set(key, check);
    return check;
  };
}

describe("the vendor's document of Fluents' API", { skip }, () => {
  const { paths, components } = document ?? { paths: {}, components: { schemas: {} } };
  const checkOf = checks({ paths, components });
  let exchange: FluentsExchange;
  let ids: Record<'openai' | 'twilio' | 'agent' | 'number' | 'call', string>;

  async function send(method: string, path: string, query = '', body?: unknown): Promise<Json> {
    const reply = await exchange.inject(method, `/fluents${path}${query}`, body);
    const expected = method === 'POST' ? 201 : 200;
    assert.equal(reply.status, expected, `${method} ${path} ${reply.text} ${JSON.stringify(body)}`);
    const check = checkOf(method, path);
    if (check) {
      assert.equal(check(reply.body), true, JSON.stringify({ path, errors: check.errors, body: reply.body }));
    }
    return reply.body as Json;
  }

  const account = async (type: string, credentials: Json) =>
    (await send('POST', '/v1/account_connections/create', '', { type, credentials })).id as string;

  before(async () => {
    exchange = await openFluentsExchange();
    const openai = await account('account_connection_openai', { openai_api_key: 'sk-1' });
    const twilio = await account('account_connection_twilio', {
      twilio_account_sid: 'AC1',
      twilio_auth_token: 't',
    });
    const agent = await send('POST', '/v1/agents/create', '', { prompt: { content: 'Hi' } });
    const number = await send('POST', '/v1/numbers/link', '', {
      phone_number: '+14155550123',
      telephony_account_connection: twilio,
      inbound_agent: agent.id,
    });
    const at = exchange.clock.now();
    const stored = await exchange.storage.agents.get(exchange.orgId, agent.id as string);
    assert.ok(stored);
    const call = liveCall(exchange.orgId, at, {
      numberId: number.id as string,
      agent: stored,
      agentId: stored.id,
      messages: sampleMessages(at),
      turns: [],
    });
    await exchange.storage.calls.insert(call, [eventOf(call, 'call.ringing', at)]);
    ids = { openai, twilio, agent: stored.id, number: number.id as string, call: call.id };
  });
  after(() => exchange.close());

  it('has a route of ours for each of its own', () => {
    const ours = new Set(exchange.fluents.routes.map(({ method, path }) => `${method} ${path}`));
    const theirs = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.ok(theirs.length >= 43, `only ${theirs.length} routes in the document`);
    assert.deepEqual(
      theirs.filter((route) => !ours.has(route)),
      [],
    );
  });

  /** What fields mean beyond their schemas. */
  const meanings = (): Record<string, fc.Arbitrary<unknown>> => ({
    id: fc.uuid(),
    user_id: fc.uuid(),
    context_endpoint: fc.webUrl(),
    url: fc.webUrl(),
    name: fc.stringMatching(/^[a-z]{1,10}$/),
    provider: fc.constantFrom('openai', 'anthropic'),
    model: fc.stringMatching(/^[a-z]{1,10}$/),
    openai_model_name_override: fc.stringMatching(/^[a-z]{1,10}$/),
    conversation_speed: fc.constantFrom(0.5, 1, 1.5, 2),
    llm_temperature: fc.constantFrom(0, 0.5, 1),
    call_duration_sec: fc.nat({ max: 1000 }).map((seconds) => seconds + 1),
    max_idle_check_count: fc.nat({ max: 10 }),
    deepgram_keywords: fc.dictionary(fc.stringMatching(/^[a-z]{1,10}$/), fc.constantFrom('10', 2, '1.5')),
    llm_fallback: fc.constant({ provider: 'openai', model_name: 'gpt-4' }),
    transcriber: fc.constant({ provider: 'deepgram', model: 'nova-2' }),
    collect_fields: fc.array(fc.constantFrom('email', { name: 'age', label: 'Age' }), { maxLength: 2 }),
    voice: fc.constantFrom<unknown>(
      { type: 'voice_azure', voice_name: 'Jenny' },
      { type: 'voice_cartesia', voice_id: 'x' },
    ),
    actions: fc.subarray<unknown>([
      { type: 'action_transfer_call', config: { phone_number: '14155550124' }, label: 'Front' },
      { type: 'action_end_conversation', config: {}, action_trigger: PHRASES },
      { type: 'action_dtmf', config: {} },
      { type: 'action_set_hold', config: {} },
      { type: 'action_add_to_conference', config: { phone_number: '+14155550124' } },
      { type: 'action_warm_transfer', config: { phone_number: '+14155550124' } },
      { type: 'action_external', config: EXTERNAL, description: 'Books' },
    ]),
    subscriptions: fc.subarray(['event_message', 'event_action', 'event_transcript']),
    openai_account_connection: fc.constant(ids.openai),
    prompt_template: fc.constant({ label: 'Base', required_context_keys: ['a'] }),
    example_context: fc.constant({ name: 'Ann' }),
    steering_pool: fc.constant(['+14155550123']),
  });

  const bodies = (name: string) => {
    const fields = meanings();
    const { prompt, webhook, ...schema } = (components.schemas[name]?.properties ?? {}) as Record<
      string,
      Json
    >;
    const inner = (part: string) =>
      arbitraryOf(components.schemas[part] ?? {}, { components: components.schemas, byKey: fields });
    const nested: Json = { ...(prompt && { prompt }), ...(webhook && { webhook }) };
    const byKey = {
      ...fields,
      prompt: inner('PromptDto'),
      webhook: inner('WebhookDto'),
    };
    return arbitraryOf(
      { type: 'object', properties: { ...schema, ...nested } },
      { components: components.schemas, byKey },
    );
  };

  it('allows no agent that we refuse, and every reply of ours; what was read comes back unchanged', async () => {
    const run = async ([raw, rawChange]: [unknown, unknown]) => {
      const [wanted, change] = JSON.parse(JSON.stringify([raw, rawChange])) as [Json, Json];
      const made = await send('POST', '/v1/agents/create', '', wanted);
      assertKept(wanted, made);
      const changed = await send('POST', '/v1/agents/update', `?id=${made.id}`, change);
      assertKept(change, changed);
      assert.deepEqual(await send('GET', '/v1/agents', `?id=${made.id}`), changed);
      assert.deepEqual(await send('POST', '/v1/agents/update', `?id=${made.id}`, changed), changed);
      assert.deepEqual(await send('DELETE', '/v1/agents/delete', `?id=${made.id}`), changed);
    };
    const pairs = fc.tuple(bodies('AgentWriteDto'), bodies('AgentWriteDto'));
    await fc.assert(fc.asyncProperty(pairs, run), { seed: SEED, numRuns: RUNS });
  });

  it('allows no change of a number that we refuse, and every reply of ours', async () => {
    const agents = fc.oneof(fc.constant(ids.agent), bodies('AgentWriteDto'));
    const shown = arbitraryOf(components.schemas.UpdateNumberDto ?? {}, {
      components: components.schemas,
      byKey: { ...meanings(), inbound_agent: agents },
    });
    const run = async (raw: unknown) => {
      const change = JSON.parse(JSON.stringify(raw)) as Json;
      const normalized = await send('POST', '/v1/numbers/update', '?phone_number=+14155550123', change);
      const whole = await send('GET', '/v1/numbers', '?phone_number=14155550123');
      assertKept(change, { ...whole, ...(typeof change.inbound_agent === 'string' && normalized) });
      assert.equal((whole.inbound_agent as Json).id, normalized.inbound_agent);
    };
    await fc.assert(fc.asyncProperty(shown, run), { seed: SEED, numRuns: RUNS });
  });

  for (const [noun, name] of [
    ['prompts', 'PromptDto'],
    ['webhooks', 'WebhookDto'],
  ] as const) {
    it(`allows no body of ${noun} that we refuse, and every reply of ours`, async () => {
      const whole = arbitraryOf(components.schemas[name] ?? {}, {
        components: components.schemas,
        byKey: meanings(),
      });
      const run = async ([raw, rawChange]: [unknown, unknown]) => {
        const [wanted, change] = JSON.parse(JSON.stringify([raw, rawChange])) as [Json, Json];
        const made = await send('POST', `/v1/${noun}/create`, '', wanted);
        assertKept(wanted, made);
        assertKept(change, await send('POST', `/v1/${noun}/update`, `?id=${made.id}`, change));
      };
      await fc.assert(fc.asyncProperty(fc.tuple(whole, whole), run), { seed: SEED, numRuns: RUNS });
    });
  }

  it('allows every page, call and action of ours', async () => {
    for (const noun of ['numbers', 'agents', 'prompts', 'voices', 'webhooks', 'actions', 'calls']) {
      const page = await send('GET', `/v1/${noun}/list`, '?size=100');
      assert.ok((page.items as Json[]).length > 0, `there are no ${noun}`);
    }
    const { items } = await send('GET', '/v1/account_connections/list');
    assert.deepEqual((items as Json[]).map(({ id }) => id).sort(), [ids.openai, ids.twilio].sort());
    await send('GET', '/v1/calls', `?id=${ids.call}`);
    await send('POST', '/v1/numbers/detach', `?id=${ids.number}`);
    await send('POST', '/v1/numbers/cancel', `?id=${ids.number}`);
  });
});

const PHRASES = {
  type: 'action_trigger_phrase_based',
  config: { phrase_triggers: [{ phrase: 'goodbye', conditions: ['phrase_condition_type_contains'] }] },
};

const EXTERNAL = {
  name: 'book',
  description: 'Books a table',
  url: 'https://a.example/book',
  input_schema: { type: 'object', properties: { day: { type: 'string' } } },
  speak_on_send: true,
  speak_on_receive: false,
};

/** Keys whose value the exchange gives itself, or words in its own way. */
const OWN_WORDS = new Set([
  'id',
  'user_id',
  'phone_number',
  // Seen in replies of the vendor only.
  'account_connection_id',
  'openai_account_connection',
  // Another name of `model`, and of the model's vendor.
  'model',
  'provider',
  'openai_model_name_override',
]);

/** Everything that was sent comes back as it was; the reply may hold more. */
function assertKept(sent: unknown, shown: unknown, path = ''): void {
  if (sent === null || typeof sent !== 'object') {
    // Numbers may be written as text, and come back so.
    assert.equal(String(shown), String(sent), path);
    return;
  }
  for (const [key, value] of Object.entries(sent)) {
    if (!OWN_WORDS.has(key)) assertKept(value, (shown as Json | undefined)?.[key], `${path}.${key}`);
  }
  if (Array.isArray(sent)) assert.equal((shown as unknown[]).length, sent.length, path);
}
