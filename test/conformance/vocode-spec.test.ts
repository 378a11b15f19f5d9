import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { newId } from '../../src/lib/ids.ts';
import { type HttpExchange, openHttpExchange } from '../support/http-exchange.ts';
import { arbitraryOf } from '../support/json-schema-arbitrary.ts';
import { eventOf, liveCall } from '../support/sample-call.ts';
import { makeVocodeReferences, type VocodeReferences, vocodeFields } from '../support/vocode-bodies.ts';
import { bodySchema, loadVocode, replyValidator, type Schema } from '../support/vocode-document.ts';

type Json = Record<string, unknown>;

const SEED = 20_240_827;
const RUNS = 60;

const REVISIONS = [
  { date: '2023-08-22', mounts: ['', '/vocode'] },
  { date: '2024-08-27', mounts: ['/vocode-2024'] },
] as const;

/** Keys whose values come back otherwise than they were sent: masked, made here, or by their ids. */
const CHANGED_KEYS = new Set([
  'api_key',
  'api_user_id',
  'openai_api_key',
  'twilio_auth_token',
  'signature_secret',
  'openai_account_connection',
  'prompt_template',
]);

/** Everything that was sent comes back as it was, numbers in texts as numbers; the reply may hold more. */
function assertKept(sent: unknown, shown: unknown, path = ''): void {
  if (Array.isArray(sent)) {
    assert.equal((shown as unknown[]).length, sent.length, path);
    for (const [index, item] of sent.entries())
      assertKept(item, (shown as unknown[])[index], `${path}.${index}`);
    return;
  }
  // A part that was named by its id is shown whole.
  if (typeof sent === 'string' && typeof shown === 'object' && shown !== null) {
    assert.equal((shown as Json).id ?? (shown as Json).content, sent, path);
    return;
  }
  if (sent === null || typeof sent !== 'object') {
    const number = typeof shown === 'number' && typeof sent === 'string' ? Number(sent) : sent;
    assert.deepEqual(shown, number, path);
    return;
  }
  for (const [key, value] of Object.entries(sent)) {
    const there = (shown as Json | undefined)?.[key];
    // An empty object says that nothing was sent.
    if (CHANGED_KEYS.has(key) || isEmpty(value)) continue;
    assertKept(value, there, `${path}.${key}`);
  }
}

/** What JSON holds of a body; an action that it names twice is one. */
function onTheWire(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body), (key, value) =>
    key === 'actions' && Array.isArray(value) ? [...new Set(value)] : value,
  );
}

function isEmpty(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  );
}

for (const { date, mounts } of REVISIONS) {
  const document = loadVocode(date);
  const skip = document ? false : 'the vendor documents are not here (OFFHOOK_SPECS)';
  describe(`the vendor's own document of ${date}`, { skip }, () => {
    const { schemas } = document ?? { schemas: {} };
    const validators = document && replyValidator(document);
    const [, prefix = mounts[0]] = mounts;
    let exchange: HttpExchange;
    let references: VocodeReferences;

    before(async () => {
      exchange = await openHttpExchange();
      references = await makeVocodeReferences(exchange);
    });
    after(() => exchange.close());

    async function ask(method: string, path: string, query = '', body?: unknown): Promise<Json> {
      const reply = await exchange.inject(method, `${prefix}${path}${query}`, body);
      return approved(reply, method, path, body);
    }

    function approved(
      reply: Awaited<ReturnType<HttpExchange['inject']>>,
      method: string,
      path: string,
      body?: unknown,
    ): Json {
      assert.equal(reply.status, 200, `${method} ${path}: ${reply.text} ${JSON.stringify(body)}`);
      const validate = validators?.(method, path);
      assert.ok(validate);
      const valid = validate(reply.body);
      assert.equal(
        valid,
        true,
        `${path} ${JSON.stringify({ errors: validate.errors?.slice(0, 6), reply: reply.body })}`,
      );
      return reply.body as Json;
    }

    /** An update that makes a new part needs all that such a part needs, which its document does not say. */
    async function tryUpdate(path: string, query: string, body: unknown): Promise<Json | undefined> {
      const reply = await exchange.inject('POST', `${prefix}${path}${query}`, body);
      if (reply.status !== 422) return approved(reply, 'POST', path, body);
      const { detail } = reply.body as { detail: { type: string }[] };
      assert.ok(
        detail.every(({ type }) => type.endsWith('missing')),
        reply.text + JSON.stringify(body),
      );
      return undefined;
    }

    const arbitrary = (path: string) => {
      const schema = document && bodySchema(document, path);
      assert.ok(schema, `the document has no body of ${path}`);
      return arbitraryOf(schema, {
        components: withInlineSlots(schemas, references),
        byKey: vocodeFields(references),
      });
    };

    const kinds =
      date === '2023-08-22'
        ? ['webhooks', 'voices', 'actions', 'agents']
        : ['webhooks', 'voices', 'actions', 'agents', 'prompts', 'vector_databases', 'account_connections'];
    for (const kind of kinds) {
      it(`allows no body of ${kind} that we refuse, and every reply of ours, with nothing lost`, async () => {
        let taken = 0;
        const run = async ([raw, rawChange]: [unknown, unknown]) => {
          const [wanted, change] = [raw, rawChange].map(onTheWire) as [Json, Json];
          const made = await ask('POST', `/v1/${kind}/create`, '', wanted);
          assertKept(wanted, made);
          const id = `?id=${made.id}`;
          const isOtherAccount = kind === 'account_connections' && change.type !== wanted.type;
          const changed = isOtherAccount ? undefined : await tryUpdate(`/v1/${kind}/update`, id, change);
          if (changed) {
            taken += 1;
            assertKept(change, changed);
          }
          await ask('GET', `/v1/${kind}`, id);
        };
        const pair = fc.tuple(arbitrary(`/v1/${kind}/create`), arbitrary(`/v1/${kind}/update`));
        await fc.assert(fc.asyncProperty(pair, run), { seed: SEED, numRuns: RUNS });
        assert.ok(taken > RUNS / 5, `only ${taken} updates were taken`);
        await ask('GET', `/v1/${kind}/list`);
      });
    }

    it('allows no update of a number that we refuse, and every reply of ours', async () => {
      const at = exchange.clock.now();
      const number = {
        id: newId(at),
        orgId: exchange.orgId,
        carrier: 'trunk',
        address: '+14155550123',
        e164CheckEnabled: true,
        status: 'active',
        binding: {},
        extras: {},
        createdAt: at,
        updatedAt: at,
      } as const;
      await exchange.storage.numbers.insert(number);
      const query = '?phone_number=14155550123';
      await ask('GET', '/v1/numbers', query);
      await ask('GET', '/v1/numbers/list');
      let taken = 0;
      const run = async (raw: unknown) => {
        const wanted = onTheWire(raw) as Json;
        await exchange.storage.numbers.update(exchange.orgId, number.id, (one) => ({ ...one, binding: {} }));
        const changed = await tryUpdate('/v1/numbers/update', query, wanted);
        if (!changed) return;
        taken += 1;
        const { inbound_agent: agent, ...own } = wanted;
        assertKept(own, changed);
        if (agent && typeof agent === 'object') assertKept(agent, changed.inbound_agent);
        await ask('GET', '/v1/numbers/list');
      };
      await fc.assert(fc.asyncProperty(arbitrary('/v1/numbers/update'), run), { seed: SEED, numRuns: RUNS });
      assert.ok(taken > RUNS / 5, `only ${taken} updates were taken`);
      assert.equal((await ask('POST', '/v1/numbers/cancel', query)).active, false);
    });

    it('allows every reply of calls and usage', async () => {
      const at = exchange.clock.now();
      const call = liveCall(exchange.orgId, at);
      await exchange.storage.calls.insert(call, [eventOf(call, 'call.ringing', at)]);
      await ask('GET', '/v1/calls', `?id=${call.id}`);
      await ask('GET', '/v1/calls/list');
      await ask('GET', '/v1/usage');
    });
  });
}

/** The type that each form of an action or a voice has: the first document leaves it open. */
const TYPES: readonly (readonly [RegExp, string])[] = [
  [/^TransferCallAction/, 'action_transfer_call'],
  [/^EndConversationAction/, 'action_end_conversation'],
  [/^DTMFAction/, 'action_dtmf'],
  [/^AzureVoice/, 'voice_azure'],
  [/^RimeVoice/, 'voice_rime'],
  [/^ElevenLabsVoice/, 'voice_eleven_labs'],
];
/** Objects without anything in them, which the documents do not close. */
const EMPTY = ['Undefined', 'EmptyActionConfig', 'FunctionCallActionTriggerConfig'];

/** Ids in the document are any; here they name what there is. */
function withInlineSlots(schemas: Record<string, Schema>, ids: VocodeReferences): Record<string, Schema> {
  const slots: Record<string, string> = {
    prompt: ids.prompt,
    voice: ids.voice,
    webhook: ids.webhook,
    vector_database: ids.vectorDatabase,
    inbound_agent: ids.agent,
    actions: ids.action,
  };
  const withIds = (schema: unknown, id: string | undefined): unknown => {
    if (Array.isArray(schema)) return schema.map((one) => withIds(one, id));
    if (typeof schema !== 'object' || schema === null) return schema;
    const { properties, ...rest } = schema as Schema;
    if (rest.format === 'uuid' && id !== undefined) return { const: id };
    const entries = Object.entries(rest).map(([key, value]) => [key, withIds(value, id)]);
    const members = Object.entries((properties ?? {}) as Json).map(([key, value]) => [
      key,
      withIds(value, slots[key]),
    ]);
    return {
      ...Object.fromEntries(entries),
      ...(properties !== undefined && { properties: Object.fromEntries(members) }),
    };
  };
  const typed = Object.entries(schemas).map(([name, schema]) => {
    if (EMPTY.includes(name)) return [name, { const: {} }];
    const type = TYPES.find(([pattern]) => pattern.test(name))?.[1];
    const properties = schema.properties as Json | undefined;
    return [
      name,
      type && properties ? { ...schema, properties: { ...properties, type: { const: type } } } : schema,
    ];
  });
  return withIds(Object.fromEntries(typed), undefined) as Record<string, Schema>;
}
