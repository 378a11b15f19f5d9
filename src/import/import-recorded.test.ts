import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../test/support/http-exchange.ts';
import { Secret } from '../lib/secret.ts';
import { ApiClient } from './api-client.ts';
import type { Given } from './given.ts';
import { type ImportRow, importHouse } from './import-house.ts';
import { Ledger } from './ledger.ts';
import { vapi } from './vapi.ts';

const ORG = 'b2f1a4d0-5f1e-4c1b-9d3a-1a2b3c4d5e6f';
const DESK = '7f3c1f5e-7a0b-4a53-8c61-0d5f6a1b2c3d';
const stamps = { orgId: ORG, createdAt: '2026-03-01T10:00:00.000Z', updatedAt: '2026-03-02T10:00:00.000Z' };

/**
 * What the hosted service was seen to answer: columns that are null, keys that no schema names, a token in clear,
 * numbers of its own, and no route for credentials.
 */
const HOUSE: Record<string, unknown[]> = {
  '/tool': [
    {
      id: '11111111-2222-4333-8444-555555555555',
      ...stamps,
      type: 'function',
      async: false,
      function: { name: 'lookup', description: 'Looks up', parameters: { type: 'object', properties: {} } },
      server: { url: 'https://crm.example/tools', timeoutSeconds: 20 },
    },
  ],
  '/assistant': [
    {
      id: DESK,
      ...stamps,
      name: 'Desk',
      voice: { provider: '11labs', voiceId: 'sarah', stability: 0.5 },
      model: {
        provider: 'openai',
        model: 'gpt-4o',
        messages: [{ role: 'system', content: 'Be brief.' }],
        toolIds: ['11111111-2222-4333-8444-555555555555', '99999999-2222-4333-8444-555555555555'],
        maxTokens: null,
      },
      firstMessage: 'Hello.',
      voicemailMessage: null,
      backgroundDenoisingEnabled: true,
      isServerUrlSecretSet: false,
      compliancePlan: { hipaaEnabled: false },
    },
  ],
  '/squad': [],
  '/phone-number': [
    {
      id: '22222222-2222-4333-8444-555555555555',
      ...stamps,
      provider: 'twilio',
      number: '+14155550123',
      twilioAccountSid: 'AC00000000000000000000000000000000',
      twilioAuthToken: '0123456789abcdef0123456789abcdef',
      stripeSubscriptionId: null,
      twilioOutgoingCallerId: null,
      credentialId: null,
      sipUri: null,
      assistantId: DESK,
      name: 'Main',
    },
    {
      id: '33333333-2222-4333-8444-555555555555',
      ...stamps,
      provider: 'vapi',
      number: '+14155550124',
      providerResourceId: 'pn-1',
      status: 'active',
      assistantId: DESK,
    },
    {
      id: '44444444-2222-4333-8444-555555555555',
      ...stamps,
      provider: 'byo-phone-number',
      number: '+14155550125',
      credentialId: '55555555-2222-4333-8444-555555555555',
      numberE164CheckEnabled: true,
    },
    {
      id: '66666666-2222-4333-8444-555555555555',
      ...stamps,
      provider: 'vapi',
      sipUri: 'sip:desk@sip.vapi.ai',
      workflowId: '77777777-2222-4333-8444-555555555555',
    },
  ],
};

let vendor: Server;
let here: HttpExchange;
let bases: { there: string; here: string };
let folder: string;

before(async () => {
  vendor = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '';
    assert.equal(request.headers.authorization, 'Bearer vendor-key');
    assert.equal(request.method, 'GET', 'nothing is written at the source');
    const answer = HOUSE[path] ?? { message: `Cannot GET ${path}`, error: 'Not Found', statusCode: 404 };
    response.writeHead(path in HOUSE ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve));
  here = await openHttpExchange();
  bases = {
    there: `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`,
    here: `http://127.0.0.1:${await here.server.listen({ host: '127.0.0.1', port: 0 })}`,
  };
  folder = await mkdtemp(join(tmpdir(), 'offhook-import-'));
});
after(async () => {
  vendor.closeAllConnections();
  vendor.close();
  await here.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(given: Given = new Map()): Promise<ImportRow[]> {
  return importHouse({
    dialect: vapi,
    source: new ApiClient({ baseUrl: bases.there, key: new Secret('vendor-key'), clock: here.clock }),
    target: new ApiClient({ baseUrl: bases.here, key: new Secret(here.key), clock: here.clock }),
    ledger: await Ledger.open(join(folder, 'imports.json')),
    given,
    isDryRun: false,
  });
}

test('an account as the hosted service shows it comes over, and each thing that does not is told', async () => {
  const rows = await run();
  assert.deepEqual(
    rows.map(({ kind, name, outcome, notes }) => [kind, name, outcome, ...notes]),
    [
      [
        'credential',
        '(all)',
        'left',
        'the source does not show any (404 Not Found: Cannot GET /credential): make them here, and name them with --secrets',
      ],
      ['tool', 'lookup', 'created', 'secret to be set if there was one: server.secret'],
      [
        'assistant',
        'Desk',
        'created',
        'not known here, left out: isServerUrlSecretSet',
        'names what did not come over, left out: model.toolIds.1',
      ],
      [
        'number',
        '+14155550123',
        'created',
        'secret to be set if there was one: twilioApiKey, twilioApiSecret',
      ],
      [
        'number',
        '+14155550124',
        'left',
        'the vendor owns this number: move it to a carrier of yours, then add it here with that carrier',
      ],
      [
        'number',
        '+14155550125',
        'left',
        'names what did not come over, left out: credentialId',
        'cannot be made without credentialId',
      ],
      ['number', 'sip:desk@sip.vapi.ai', 'created', 'the vendor has retired workflows: bind an assistant'],
    ],
  );
  const id = rows.find(({ name }) => name === '+14155550123')?.id ?? '';
  const stored = await here.storage.numbers.get(here.orgId, id);
  assert.equal(stored?.twilio?.authToken?.reveal(), '0123456789abcdef0123456789abcdef');
  assert.equal(stored?.binding.agentId, rows.find(({ name }) => name === 'Desk')?.id);
  const desk = await here.inject('GET', `/assistant/${stored?.binding.agentId}`);
  const { voice, model } = desk.body as { voice: object; model: { toolIds: string[] } };
  assert.deepEqual(voice, { provider: '11labs', voiceId: 'sarah', stability: 0.5 });
  assert.deepEqual(model.toolIds, [rows.find(({ name }) => name === 'lookup')?.id]);
});

test('its second run makes no twins and sets the secrets that the source shows again', async () => {
  const count = await here.storage.numbers.count(here.orgId);
  const rows = await run();
  const made = rows.filter(({ outcome }) => outcome === 'created' || outcome === 'updated');
  assert.deepEqual(
    made.map(({ name, outcome, notes }) => [name, outcome, ...notes]),
    [['+14155550123', 'updated', 'changed: twilioAuthToken']],
  );
  assert.equal(await here.storage.numbers.count(here.orgId), count);
});

test('a trunk that the source names and does not list is the one that the person names', async () => {
  const { body } = await here.inject('POST', '/credential', {
    provider: 'byo-sip-trunk',
    gateways: [{ ip: '192.0.2.1' }],
  });
  const { id } = body as { id: string };
  const named = '55555555-2222-4333-8444-555555555555';
  const line = (rows: ImportRow[]) => rows.find(({ name }) => name === '+14155550125');
  assert.equal(line(await run(new Map([[named, id]])))?.outcome, 'created');
  assert.deepEqual([line(await run())?.outcome, line(await run())?.notes], ['unchanged', []]);
});
