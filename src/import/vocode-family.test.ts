import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openHttpExchange } from '../../test/support/http-exchange.ts';
import { FakeClock } from '../lib/fake-clock.ts';
import { Secret } from '../lib/secret.ts';
import { ApiClient } from './api-client.ts';
import { importHouse } from './import-house.ts';
import { Ledger } from './ledger.ts';
import { vocode } from './vocode.ts';

type Items = Record<string, unknown>[];

/** A server that answers each list route as `answer` says. */
async function openVendor(
  t: TestContext,
  answer: (path: string, page: number, size: number) => unknown,
): Promise<ApiClient> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://vendor');
    const [page, size] = [Number(searchParams.get('page')), Number(searchParams.get('size'))];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer(pathname, page, size)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new ApiClient({ baseUrl, key: new Secret('vendor-key'), clock: new FakeClock() });
}

test('a list is read to its end: in pages, in bare pages, and where all of it comes at once', async (t) => {
  const all = Array.from({ length: 250 }, (_, index) => ({ id: `id-${index}` }));
  const slice = (page: number, size: number) => all.slice((page - 1) * size, page * size);
  const forms = [
    (_: string, page: number, size: number) => ({
      items: slice(page, size),
      page,
      size,
      has_more: page * size < all.length,
    }),
    (_: string, page: number, size: number) => slice(page, size),
    () => all,
  ];
  for (const [index, form] of forms.entries()) {
    const client = await openVendor(t, form);
    assert.deepEqual(await vocode.list(client, '/v1/agents/list'), all, `form ${index}`);
  }
  const strange = await openVendor(t, () => ({ detail: 'hello' }));
  await assert.rejects(vocode.list(strange, '/v1/agents/list'), /answers with no list/);
});

const uuid = (digit: number) => `${String(digit).repeat(8)}-2222-4333-8444-555555555555`;
const USER = { user_id: uuid(9) };
const ACCOUNT = uuid(1);

/** As the hosted service documents its lists: nulls for what is unset, parts by their ids, secrets in clear. */
const HOUSE: Record<string, Items> = {
  account_connections: [
    {
      id: ACCOUNT,
      ...USER,
      type: 'account_connection_twilio',
      credentials: { twilio_account_sid: 'AC1', twilio_auth_token: 'hunter2' },
      steering_pool: ['14155550100'],
      account_supports_any_caller_id: false,
    },
  ],
  voices: [
    { id: uuid(2), ...USER, type: 'voice_rime', speaker: 'young_male', speed_alpha: null, model_id: null },
  ],
  webhooks: [],
  actions: [
    {
      id: uuid(3),
      ...USER,
      type: 'action_external',
      config: {
        name: 'book',
        description: 'Books a table',
        url: 'https://desk.example/book',
        input_schema: { type: 'object', properties: { prompt: { type: 'string' } } },
        speak_on_send: true,
        speak_on_receive: true,
        processing_mode: 'muted',
        signature_secret: 'c2VjcmV0',
      },
      action_trigger: { type: 'action_trigger_function_call', config: {} },
    },
  ],
  vector_databases: [],
  prompts: [
    {
      id: uuid(4),
      ...USER,
      content: 'You are Ann.',
      collect_fields: null,
      context_endpoint: null,
      prompt_template: null,
    },
  ],
  agents: [
    {
      id: uuid(5),
      ...USER,
      name: null,
      prompt: uuid(4),
      language: 'en',
      actions: [uuid(3)],
      voice: uuid(2),
      initial_message: 'Hello.',
      webhook: null,
      vector_database: null,
      interrupt_sensitivity: 'high',
      initial_message_delay: 1.5,
      conversation_speed: 1,
      deepgram_keywords: { riverside: 2 },
    },
  ],
  numbers: [
    {
      id: uuid(6),
      ...USER,
      number: '14155550123',
      active: true,
      label: 'Main',
      inbound_agent: uuid(5),
      outbound_only: false,
      example_context: null,
      telephony_provider: 'twilio',
      telephony_account_connection: ACCOUNT,
    },
    {
      id: uuid(7),
      ...USER,
      number: '14155550124',
      active: true,
      label: '',
      inbound_agent: uuid(5),
      outbound_only: false,
      telephony_provider: 'vonage',
      telephony_account_connection: null,
    },
  ],
};

test('an account as the hosted service shows it comes over, its secrets with it', async (t) => {
  const here = await openHttpExchange();
  const folder = await mkdtemp(join(tmpdir(), 'offhook-import-'));
  t.after(async () => {
    await here.close();
    await rm(folder, { recursive: true, force: true });
  });
  const source = await openVendor(t, (path) => {
    const items = HOUSE[path.split('/')[2] ?? ''] ?? [];
    return { items, page: 1, size: 100, has_more: false, total: items.length, total_is_estimated: false };
  });
  const baseUrl = `http://127.0.0.1:${await here.server.listen({ host: '127.0.0.1', port: 0 })}`;
  const run = async () =>
    importHouse({
      dialect: vocode,
      source,
      target: new ApiClient({ baseUrl, key: new Secret(here.key), clock: here.clock }),
      ledger: await Ledger.open(join(folder, 'imports.json')),
      given: new Map(),
      isDryRun: false,
    });
  const rows = await run();
  assert.deepEqual(
    rows.map(({ kind, name, outcome, notes }) => [kind, name, outcome, ...notes]),
    [
      ['account_connection', 'account_connection_twilio', 'created'],
      ['voice', 'voice_rime', 'created'],
      [
        'action',
        'action_external',
        'created',
        'its requests are signed with a new secret: config.signature_secret of the action here',
      ],
      ['prompt', uuid(4), 'created'],
      ['agent', uuid(5), 'created'],
      ['number', '14155550123', 'created'],
      [
        'number',
        '14155550124',
        'left',
        'the vendor owns this number: move it to a carrier of yours, add it here, and run this again',
      ],
    ],
  );
  const idOf = (kind: string) => rows.find((row) => row.kind === kind)?.id ?? '';
  const credential = await here.storage.credentials.get(here.orgId, idOf('account_connection'));
  assert.ok(credential?.provider === 'twilio');
  assert.equal(credential.authToken?.reveal(), 'hunter2');
  const { body } = await here.inject('GET', `/vocode-2024/v1/agents?id=${idOf('agent')}`);
  const agent = body as Record<string, unknown>;
  assert.equal(agent.initial_message_delay, 1.5);
  assert.deepEqual(agent.deepgram_keywords, { riverside: 2 });
  const again = await run();
  assert.deepEqual(
    again.map(({ kind, outcome, notes }) => [
      kind,
      outcome,
      ...notes.filter((text) => text.startsWith('changed')),
    ]),
    [
      // Secrets that the source shows are set each time: what is here cannot be compared.
      ['account_connection', 'updated', 'changed: credentials'],
      ['voice', 'unchanged'],
      ['action', 'unchanged'],
      ['prompt', 'unchanged'],
      ['agent', 'unchanged'],
      ['number', 'unchanged'],
      ['number', 'left'],
    ],
  );
});
