import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type * as z from 'zod';
import { failureLogger } from '../../../test/support/failure-logger.ts';
import { type FluentsExchange, openFluentsExchange } from '../../../test/support/fluents-exchange.ts';
import { batterBodies, batterQueries, HOSTILE_TEXT } from '../../../test/support/hostile-bodies.ts';
import { createConnectionSchema } from './account-connections/schema.ts';
import { createActionSchema } from './actions/schema.ts';
import { agentBodySchema } from './agents/schema.ts';
import { createCallSchema } from './calls/schema.ts';
import { messageSchema } from './messages/schema.ts';
import { buyNumberSchema, linkNumberSchema, updateNumberSchema } from './numbers/schema.ts';
import { promptBodySchema } from './prompts/schema.ts';
import { createVoiceSchema } from './voices/schema.ts';
import { createWebhookSchema } from './webhooks/schema.ts';

type Json = Record<string, unknown>;

const SEED = 4_243;
/** With two bodies in each run and eleven targets, more than two thousand bodies. */
const RUNS = 110;

const PHONE_NUMBER = '+14155550123';

/** Where bodies are sent, what they are near to, and a valid one where there is one that can be changed. */
const TARGETS = [
  ['agent', '/v1/agents', agentBodySchema, { prompt: { content: 'Hi' } }],
  ['prompt', '/v1/prompts', promptBodySchema, { content: 'Hi' }],
  ['voice', '/v1/voices', createVoiceSchema, { type: 'voice_azure', voice_name: 'x' }],
  ['webhook', '/v1/webhooks', createWebhookSchema, { url: 'https://a.example', subscriptions: [] }],
  ['action', '/v1/actions', createActionSchema, { type: 'action_dtmf' }],
  [
    'account connection',
    '/v1/account_connections',
    createConnectionSchema,
    { type: 'account_connection_openai', credentials: { openai_api_key: 'k' } },
  ],
] as const;

const SINGLE_TARGETS = [
  ['change of a number', `/v1/numbers/update?phone_number=${PHONE_NUMBER}`, updateNumberSchema, true],
  ['number to link', '/v1/numbers/link', linkNumberSchema, true],
  ['number to buy', '/v1/numbers/buy', buyNumberSchema, false],
  ['call', '/v1/calls/create', createCallSchema, true],
  ['message', '/v1/messages', messageSchema, false],
] as const;

/** Text that may be anything's id or kind, beside what is hostile in every API. */
const TEXTS = [
  ...HOSTILE_TEXT,
  '{"id":"018bcfe5-6800-7478-abc1-af0b61010e1d","type":"voice_azure"}',
  '"018bcfe5-6800-7478-abc1-af0b61010e1d"',
];

const PLAIN = {
  url: fc.webUrl(),
  context_endpoint: fc.webUrl(),
  type: fc.constantFrom(
    'voice_azure',
    'voice_x',
    'action_external',
    'action_transfer_call',
    'action_dtmf',
    'account_connection_twilio',
    'account_connection_deepgram',
    'prompt',
  ),
  phone_number: fc.constantFrom(PHONE_NUMBER, '14155550124', '100', 'x'),
  to_number: fc.constantFrom(PHONE_NUMBER, '14155550124', 'x'),
  from_number: fc.constantFrom(PHONE_NUMBER, '14155550199'),
  voice: fc.constantFrom<unknown>({ type: 'voice_azure', voice_name: 'x' }, { label: 'x' }),
  webhook: fc.constantFrom<unknown>({ url: 'https://a.example', subscriptions: [] }, null),
  actions: fc.subarray<unknown>([
    { type: 'action_dtmf' },
    { type: 'action_transfer_call', config: { phone_number: PHONE_NUMBER } },
  ]),
  prompt: fc.constantFrom<unknown>({ content: 'Hi' }, { content: 'Hi', collect_fields: ['email'] }),
  transcriber: fc.constantFrom<unknown>({ provider: 'deepgram' }, { model: 'x' }, {}),
  deepgram_keywords: fc.constantFrom<unknown>({ kansas: '10' }, {}),
  openai_account_connection: fc.constantFrom<unknown>(null, {
    type: 'account_connection_openai',
    credentials: { api_key: 'k' },
  }),
  credentials: fc.constantFrom({}, { api_key: 'k' }, { twilio_account_sid: 'AC1', twilio_auth_token: 't' }),
};

describe('hostile bodies', () => {
  let exchange: FluentsExchange;
  let accountId: string;
  const { logger, failures } = failureLogger();
  let sent = 0;

  before(async () => {
    exchange = await openFluentsExchange({ logger });
    accountId = await made('/v1/account_connections/create', {
      type: 'account_connection_telnyx',
      credentials: { telnyx_api_key: 'k' },
    });
    await made('/v1/numbers/link', {
      phone_number: PHONE_NUMBER,
      telephony_account_connection: accountId,
    });
  });
  after(() => exchange.close());

  async function made(path: string, body: object): Promise<string> {
    const reply = await exchange.inject('POST', `/fluents${path}`, body);
    assert.equal(reply.status, 201, reply.text);
    return (reply.body as { id: string }).id;
  }

  async function send(path: string, text: string): Promise<number> {
    sent += 1;
    const reply = await exchange.inject('POST', `/fluents${path}`, text, {
      headers: { 'content-type': 'application/json' },
    });
    assert.ok(reply.status < 500, `${path} ${text.slice(0, 500)} -> ${reply.text}`);
    if (reply.status >= 400) {
      const { message, error, statusCode, ...rest } = reply.body as Json;
      assert.deepEqual([typeof message, typeof error, rest], ['string', 'string', {}], reply.text);
      assert.equal(statusCode, reply.status);
    }
    assert.equal(({} as Json).polluted, undefined);
    return reply.status;
  }

  /** @returns how often each status came back. */
  async function batter(schema: z.ZodType, path: string, changePath: string): Promise<Map<number, number>> {
    const seen = await batterBodies({
      schema,
      byKey: { ...PLAIN, telephony_account_connection: fc.constant(accountId) },
      texts: TEXTS,
      seed: SEED,
      runs: RUNS,
      send: (text, mayChange) => send(mayChange ? changePath : path, text),
    });
    assert.deepEqual(failures, []);
    assert.ok((seen.get(400) ?? 0) > RUNS / 8, `hardly anything was refused: ${JSON.stringify([...seen])}`);
    return seen;
  }

  for (const [name, path, schema, valid] of TARGETS) {
    it(`for ${name}s are refused in the vendor's shape or taken, never a 500`, async () => {
      const id = await made(`${path}/create`, valid);
      const seen = await batter(schema, `${path}/create`, `${path}/update?id=${id}`);
      assert.ok((seen.get(201) ?? 0) > 0, 'nothing was taken: the bodies are not near valid');
      assert.equal((await exchange.inject('GET', `/fluents${path}?id=${id}`)).status, 200);
      assert.equal((await exchange.inject('GET', `/fluents${path}/list?size=100`)).status, 200);
    });
  }

  for (const [name, path, schema, mayBeTaken] of SINGLE_TARGETS) {
    it(`for a ${name} are refused in the vendor's shape or taken, never a 500`, async () => {
      const seen = await batter(schema, path, path);
      assert.equal((seen.get(201) ?? 0) > 0, mayBeTaken, JSON.stringify([...seen]));
      assert.equal((await exchange.inject('GET', '/fluents/v1/numbers/list?size=100')).status, 200);
    });
  }

  it('were more than two thousand', () => {
    assert.ok(sent >= 2000, `only ${sent} bodies were sent`);
  });

  it('of queries are refused or taken, never a 500', async () => {
    await batterQueries({
      targets: exchange.fluents.routes.filter(({ path }) => !path.includes(':')),
      keys: ['id', 'phone_number', 'page', 'size', 'sort_desc', 'sort_column'],
      seed: SEED,
      runs: 400,
      send: async ({ method, path, body }, query) => {
        const url = `/fluents${path}?${query}`;
        const reply = await exchange.inject(method, url, body && {});
        assert.ok(reply.status < 500, `${url} -> ${reply.text}`);
      },
    });
    assert.deepEqual(failures, []);
  });
});
