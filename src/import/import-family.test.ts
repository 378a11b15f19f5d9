import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../test/support/http-exchange.ts';
import { Secret } from '../lib/secret.ts';
import { ApiClient } from './api-client.ts';
import { fluents } from './fluents.ts';
import type { Given } from './given.ts';
import { type ImportRow, importHouse } from './import-house.ts';
import { Ledger } from './ledger.ts';
import { vocode } from './vocode.ts';

type Body = Record<string, unknown>;

for (const dialect of [fluents, vocode]) {
  /** From one exchange to another, by the routes that both have of this API. */
  describe(`a house of ${dialect.name}`, () => {
    let there: HttpExchange;
    let here: HttpExchange;
    let folder: string;
    let bases: { there: string; here: string };

    before(async () => {
      [there, here] = await Promise.all([openHttpExchange(), openHttpExchange()]);
      const at = async ({ server }: HttpExchange) =>
        `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
      bases = { there: `${await at(there)}/${dialect.api}`, here: await at(here) };
      folder = await mkdtemp(join(tmpdir(), 'offhook-import-'));
    });
    after(async () => {
      await Promise.all([there.close(), here.close()]);
      await rm(folder, { recursive: true, force: true });
    });

    async function run(given: Given = new Map()): Promise<ImportRow[]> {
      const { clock } = here;
      return importHouse({
        dialect,
        source: new ApiClient({ baseUrl: bases.there, key: new Secret(there.key), clock }),
        target: new ApiClient({ baseUrl: bases.here, key: new Secret(here.key), clock }),
        ledger: await Ledger.open(join(folder, 'imports.json')),
        given,
        isDryRun: false,
      });
    }

    async function post(path: string, body: object): Promise<Body> {
      const { status, body: made, text } = await there.inject('POST', `/${dialect.api}/v1${path}`, body);
      assert.ok(status === 200 || status === 201, text);
      return made as Body;
    }

    const get = async (exchange: HttpExchange, path: string) => {
      const { status, body, text } = await exchange.inject('GET', `/${dialect.api}/v1${path}`);
      assert.equal(status, 200, text);
      return body as Body;
    };

    test('comes over with all its parts, each id mapped, and a second run makes no twins', async () => {
      const account = await post('/account_connections/create', {
        type: 'account_connection_twilio',
        credentials: { twilio_account_sid: 'AC1', twilio_auth_token: 'hunter2' },
        steering_pool: [],
      });
      const voice = await post('/voices/create', { type: 'voice_azure', voice_name: 'en-US-AriaNeural' });
      const webhook = await post('/webhooks/create', {
        url: 'https://desk.example/hook',
        subscriptions: ['event_message'],
      });
      const action = await post('/actions/create', {
        type: 'action_transfer_call',
        config: { phone_number: '+14155550100' },
      });
      const prompt = await post('/prompts/create', { content: 'You are Ann.' });
      const agent = await post('/agents/create', {
        name: 'Ann',
        prompt: prompt.id,
        voice: voice.id,
        webhook: webhook.id,
        actions: [action.id],
        initial_message: 'Hello.',
      });
      await post('/numbers/link', {
        phone_number: '+14155550123',
        telephony_account_connection: account.id,
        inbound_agent: agent.id,
      });
      await post('/numbers/update?phone_number=14155550123', { label: 'Main' });

      const left = await run();
      const byKind = (rows: ImportRow[]) => Object.fromEntries(rows.map((row) => [row.kind, row]));
      assert.equal(byKind(left).account_connection?.outcome, 'left');
      assert.match(
        byKind(left).number?.notes.join() ?? '',
        /cannot be made without telephony_account_connection/,
      );
      assert.equal(byKind(left).agent?.outcome, 'created');

      const given: Given = new Map([
        [String(account.id), new Map([['credentials.twilio_auth_token', 'hunter2']])],
      ]);
      const rows = byKind(await run(given));
      assert.deepEqual([rows.account_connection?.outcome, rows.number?.outcome], ['created', 'created']);
      const id = (kind: string) => rows[kind]?.id;
      const number = await get(here, '/numbers?phone_number=14155550123');
      assert.equal(number.label, 'Main');
      const shown = number.inbound_agent as Record<string, Body> & Body;
      assert.equal(shown.id, id('agent'));
      assert.deepEqual([shown.name, shown.initial_message], ['Ann', 'Hello.']);
      assert.deepEqual([shown.prompt?.id, shown.prompt?.content], [id('prompt'), 'You are Ann.']);
      assert.equal(shown.voice?.id, id('voice'));
      assert.equal(shown.webhook?.id, id('webhook'));
      assert.deepEqual(
        (shown.actions as unknown as Body[]).map((each) => each.id),
        [id('action')],
      );
      const credential = await here.storage.credentials.get(here.orgId, String(id('account_connection')));
      assert.ok(credential?.provider === 'twilio');
      assert.equal(credential.authToken?.reveal(), 'hunter2');

      const again = await run();
      assert.deepEqual(
        [...new Set(again.map(({ outcome }) => outcome))],
        ['unchanged'],
        JSON.stringify(again),
      );

      await post(`/agents/update?id=${agent.id}`, { initial_message: 'Good day.' });
      await post(`/voices/update?id=${voice.id}`, { type: 'voice_azure', pitch: 5 });
      const changed = byKind((await run()).filter(({ outcome }) => outcome !== 'unchanged'));
      assert.deepEqual(Object.keys(changed), ['voice', 'agent']);
      assert.deepEqual(changed.voice?.notes, ['changed: pitch']);
      assert.equal((await get(here, `/agents?id=${id('agent')}`)).initial_message, 'Good day.');
    });
  });
}
