import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../test/support/http-exchange.ts';
import { Secret } from '../lib/secret.ts';
import { ApiClient } from './api-client.ts';
import type { Given } from './given.ts';
import { type ImportRow, importHouse } from './import-house.ts';
import { Ledger } from './ledger.ts';
import { vapi } from './vapi.ts';

type Body = Record<string, unknown>;

/** Two exchanges over real sockets: a house is brought from the one to the other. */
let there: HttpExchange;
let here: HttpExchange;
let bases: { there: string; here: string };
let folder: string;

beforeEach(async () => {
  [there, here] = await Promise.all([openHttpExchange(), openHttpExchange()]);
  const at = async ({ server }: HttpExchange) =>
    `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
  bases = { there: await at(there), here: await at(here) };
  folder = await mkdtemp(join(tmpdir(), 'offhook-import-'));
});
afterEach(async () => {
  await Promise.all([there.close(), here.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function run(
  options: { isDryRun?: boolean; given?: Given; ledger?: string; key?: string } = {},
): Promise<ImportRow[]> {
  const { clock } = here;
  return importHouse({
    dialect: vapi,
    source: new ApiClient({ baseUrl: bases.there, key: new Secret(there.key), clock }),
    target: new ApiClient({ baseUrl: bases.here, key: new Secret(options.key ?? here.key), clock }),
    ledger: await Ledger.open(join(folder, options.ledger ?? 'imports.json')),
    given: options.given ?? new Map(),
    isDryRun: options.isDryRun ?? false,
  });
}

async function make(path: string, body: object, exchange = there): Promise<string> {
  const { status, body: made, text } = await exchange.inject('POST', path, body);
  assert.equal(status, 201, text);
  exchange.clock.advance(1);
  return (made as { id: string }).id;
}

async function change(path: string, body: object, exchange = there): Promise<void> {
  const { status, text } = await exchange.inject('PATCH', path, body);
  assert.equal(status, 200, text);
}

const listHere = async (path: string) => (await here.inject('GET', path)).body as Body[];

const outcomes = (rows: ImportRow[]) => rows.map(({ kind, name, outcome }) => `${kind} ${name} ${outcome}`);

function rowOf(rows: ImportRow[], name: string): ImportRow {
  const found = rows.filter((row) => row.name === name);
  assert.equal(found.length, 1, `${name} in ${JSON.stringify(rows)}`);
  return found[0] as ImportRow;
}

/** A house in which everything names something. */
async function furnish() {
  const token = await make('/credential', {
    provider: 'webhook',
    name: 'Signed',
    authenticationPlan: { type: 'bearer', token: 'hunter2' },
  });
  const server = { url: 'https://desk.example/vapi', credentialId: token };
  const book = await make('/tool', { type: 'function', function: { name: 'book' }, server });
  const desk = await make('/assistant', {
    name: 'Desk',
    firstMessage: 'Hello.',
    model: { provider: 'openai', model: 'gpt-4o', toolIds: [book] },
    metadata: { assistantId: token },
  });
  const night = await make('/assistant', { name: 'Night' });
  // Named before it came: tools are brought before assistants.
  const pass = await make('/tool', {
    type: 'handoff',
    destinations: [{ type: 'assistant', assistantId: night }],
  });
  const house = await make('/squad', {
    name: 'House',
    members: [{ assistantId: desk, assistantOverrides: { model: { provider: 'vapi', toolIds: [pass] } } }],
  });
  const line = await make('/phone-number', {
    provider: 'vapi',
    sipUri: 'sip:desk@sip.vapi.ai',
    assistantId: desk,
    squadId: house,
    server: { ...server, secret: 's3cret' },
    hooks: [{ on: 'call.ringing', do: [{ type: 'say', exact: 'Closed.' }] }],
  });
  return { token, book, desk, night, pass, house, line };
}

const TOKEN_GIVEN = (ids: { token: string }): Given =>
  new Map([[ids.token, new Map([['authenticationPlan.token', 'hunter2']])]]);

test('a whole house comes over, each id in it mapped', async () => {
  const ids = await furnish();
  const rows = await run({ given: TOKEN_GIVEN(ids) });
  assert.deepEqual([...new Set(rows.map(({ outcome }) => outcome))], ['created'], JSON.stringify(rows));
  const idHere = (id: string) => rows.find(({ sourceId }) => sourceId === id)?.id;
  const [line] = await listHere('/phone-number');
  assert.ok(line);
  assert.equal(line.sipUri, 'sip:desk@sip.vapi.ai');
  assert.equal(line.assistantId, idHere(ids.desk));
  assert.equal(line.squadId, idHere(ids.house));
  assert.deepEqual(line.server, { url: 'https://desk.example/vapi', credentialId: idHere(ids.token) });
  const assistants = await listHere('/assistant');
  const desk = assistants.find(({ name }) => name === 'Desk');
  assert.deepEqual((desk?.model as Body | undefined)?.toolIds, [idHere(ids.book)]);
  assert.deepEqual(desk?.metadata, { assistantId: ids.token }, 'what is the customer’s own stays as it is');
  const pass = (await listHere('/tool')).find(({ type }) => type === 'handoff');
  assert.deepEqual(pass?.destinations, [{ type: 'assistant', assistantId: idHere(ids.night) }]);
  const [house] = await listHere('/squad');
  const [member] = (house?.members ?? []) as { assistantId: string; assistantOverrides: { model: Body } }[];
  assert.equal(member?.assistantId, idHere(ids.desk));
  assert.deepEqual(member?.assistantOverrides.model.toolIds, [idHere(ids.pass)]);
  const kept = await here.storage.credentials.get(here.orgId, String(idHere(ids.token)));
  assert.ok(kept?.provider === 'webhook' && kept.authenticationPlan.type === 'bearer');
  assert.equal(kept.authenticationPlan.token.reveal(), 'hunter2');
});

test('a second run changes nothing, a third what changed there, and none makes a twin', async () => {
  const ids = await furnish();
  await run({ given: TOKEN_GIVEN(ids) });
  const before = await listHere('/assistant');
  const again = await run();
  assert.deepEqual([...new Set(again.map(({ outcome }) => outcome))], ['unchanged'], JSON.stringify(again));
  assert.deepEqual(await listHere('/assistant'), before);

  await change(`/assistant/${ids.desk}`, { firstMessage: null, name: 'Front desk' });
  const third = await run();
  const row = rowOf(third, 'Front desk');
  assert.deepEqual([row.outcome, row.notes], ['updated', ['changed: name, firstMessage']]);
  assert.equal(third.filter(({ outcome }) => outcome !== 'unchanged').length, 1);
  const assistants = await listHere('/assistant');
  assert.equal(assistants.length, before.length);
  const desk = assistants.find(({ name }) => name === 'Front desk');
  assert.ok(desk && !('firstMessage' in desk), 'what is unset there is unset here');
});

test('what was added here stays, what was changed here becomes as it is there', async () => {
  const ids = await furnish();
  const rows = await run();
  const id = rowOf(rows, 'Desk').id;
  await change(`/assistant/${id}`, { endCallMessage: 'Bye.', firstMessage: 'Mine.' }, here);
  await run();
  const desk = (await here.inject('GET', `/assistant/${id}`)).body as Body;
  assert.deepEqual([desk.endCallMessage, desk.firstMessage], ['Bye.', 'Hello.']);
  assert.equal(rowOf(await run(), 'Desk').sourceId, ids.desk);
});

test('a server’s secret that was set here outlives a change of the server there', async () => {
  const ids = await furnish();
  await run({ given: TOKEN_GIVEN(ids) });
  const [line] = await listHere('/phone-number');
  const path = `/phone-number/${line?.id}`;
  await change(path, { server: { ...(line?.server as object), secret: 'set here' } }, here);
  const server = { url: 'https://desk.example/vapi', timeoutSeconds: 9 };
  await change(`/phone-number/${ids.line}`, { server });
  const row = rowOf(await run(), 'sip:desk@sip.vapi.ai');
  assert.deepEqual(row.notes, ['changed: server', 'secret to be set if there was one: server.secret']);
  const stored = await here.storage.numbers.get(here.orgId, String(line?.id));
  assert.equal(stored?.server?.secret?.reveal(), 'set here');
  assert.equal(stored?.server?.timeoutSeconds, 9);
});

test('a dry run tells the same and writes nothing, here or in the ledger', async () => {
  await furnish();
  const dry = await run({ isDryRun: true });
  for (const path of ['/credential', '/tool', '/assistant', '/squad', '/phone-number'])
    assert.deepEqual(await listHere(path), [], path);
  const wet = await run();
  assert.deepEqual(outcomes(dry), outcomes(wet));
  assert.deepEqual(
    dry.map(({ notes }) => notes),
    wet.map(({ notes }) => notes),
  );
});

test('a credential waits for its secret, and what names it comes over without it until then', async () => {
  const ids = await furnish();
  const first = await run();
  assert.deepEqual(rowOf(first, 'Signed').outcome, 'left');
  assert.match(rowOf(first, 'Signed').notes.join(), /cannot be made without authenticationPlan\.token/);
  assert.match(
    rowOf(first, 'book').notes.join(),
    /names what did not come over, left out: server\.credentialId/,
  );
  const second = await run({ given: TOKEN_GIVEN(ids) });
  assert.equal(rowOf(second, 'Signed').outcome, 'created');
  assert.equal(rowOf(second, 'book').outcome, 'updated');
  const tool = (await listHere('/tool')).find(({ type }) => type === 'function');
  assert.equal((tool?.server as Body | undefined)?.credentialId, rowOf(second, 'Signed').id);
});

test('a number that asked for a password is never made without one', async () => {
  const authentication = { username: 'u'.repeat(20), password: 'p'.repeat(20) };
  const id = await make('/phone-number', {
    provider: 'vapi',
    sipUri: 'sip:safe@sip.vapi.ai',
    authentication,
  });
  const left = await run();
  assert.match(left[0]?.notes.join() ?? '', /cannot be made without authentication\.password/);
  assert.deepEqual(await listHere('/phone-number'), []);
  const given: Given = new Map([[id, new Map([['authentication.password', authentication.password]])]]);
  assert.equal((await run({ given }))[0]?.outcome, 'created');
  const [line] = await listHere('/phone-number');
  const stored = await here.storage.numbers.get(here.orgId, String(line?.id));
  assert.equal(stored?.authentication?.password.reveal(), authentication.password);
});

test('a trunk that stands here takes the numbers of the one that it replaces', async () => {
  const trunk = { provider: 'byo-sip-trunk', gateways: [{ ip: '192.0.2.1' }] };
  const old = await make('/credential', { ...trunk, name: 'Old' });
  await make('/phone-number', { provider: 'byo-phone-number', credentialId: old, number: '+14155550123' });
  const own = await make('/credential', { ...trunk, name: 'Mine' }, here);
  const rows = await run({ given: new Map([[old, own]]) });
  assert.deepEqual(outcomes(rows), ['credential Old unchanged', 'number +14155550123 created']);
  const [number] = await listHere('/phone-number');
  assert.equal(number?.credentialId, own);
  await change(`/credential/${old}`, { name: 'Older' });
  const later = await run();
  assert.deepEqual(outcomes(later), ['credential Older unchanged', 'number +14155550123 unchanged']);
  const [kept] = await listHere('/credential');
  assert.equal(kept?.name, 'Mine', 'what the person named is theirs, also in a run without the file');
  await assert.rejects(run({ given: new Map([[old, there.orgId]]) }), /there is no credential .* here/);
});

test('a number that is here already is taken for the same one; an equal object as well', async () => {
  const ids = await furnish();
  const body = { provider: 'vapi', sipUri: 'SIP:DESK@sip.vapi.ai' };
  const line = await make('/phone-number', body, here);
  const night = await make('/assistant', { name: 'Night' }, here);
  const other = await make('/assistant', { name: 'Desk' }, here);
  const rows = await run({ given: TOKEN_GIVEN(ids) });
  assert.deepEqual(
    [rowOf(rows, 'sip:desk@sip.vapi.ai').outcome, rowOf(rows, 'sip:desk@sip.vapi.ai').id],
    ['updated', line],
  );
  assert.deepEqual([rowOf(rows, 'Night').outcome, rowOf(rows, 'Night').id], ['unchanged', night]);
  assert.equal(rowOf(rows, 'Desk').outcome, 'created', 'an equal name alone says nothing');
  assert.deepEqual((await here.inject('GET', `/assistant/${other}`)).status, 200);
});

test('without its ledger an import still finds what did not change', async () => {
  const ids = await furnish();
  await run({ given: TOKEN_GIVEN(ids) });
  const counts = async () =>
    Promise.all(
      ['/tool', '/assistant', '/squad', '/phone-number'].map(async (path) => (await listHere(path)).length),
    );
  const before = await counts();
  const rows = await run({ ledger: 'lost.json', given: TOKEN_GIVEN(ids) });
  assert.deepEqual(await counts(), before, JSON.stringify(outcomes(rows)));
});

test('one account comes into two orgs of one exchange, each with its own', async () => {
  await make('/assistant', { name: 'Desk' });
  const [mine] = await run();
  const [theirs] = await run({ key: here.otherKey });
  assert.deepEqual([mine?.outcome, theirs?.outcome], ['created', 'created']);
  assert.notEqual(mine?.id, theirs?.id);
  assert.deepEqual(
    (await run()).map(({ outcome, id }) => [outcome, id]),
    [['unchanged', mine?.id]],
  );
});

test('an object that was deleted here is made again', async () => {
  await make('/assistant', { name: 'Desk' });
  const [first] = await run();
  await here.inject('DELETE', `/assistant/${first?.id}`);
  const [again] = await run();
  assert.equal(again?.outcome, 'created');
  assert.equal((await run())[0]?.outcome, 'unchanged');
});

test('an import that is cut off goes on in the next run, also where an answer got lost', async (t) => {
  const ids = await furnish();
  const own = bases.here;
  let isDone = false;
  for (let runs = 0; runs < 20 && !isDone; runs += 1) {
    let writes = 0;
    // The exchange does what it is asked, and then the line is cut.
    const proxy = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { method = 'GET', headers } = request;
      const reply = await fetch(own + request.url, {
        method,
        headers: { authorization: headers.authorization ?? '', 'content-type': 'application/json' },
        ...(method !== 'GET' && { body: Buffer.concat(chunks) }),
      });
      const text = await reply.text();
      if (method !== 'GET') writes += 1;
      if (method !== 'GET' && writes === 2) return response.destroy();
      return response.writeHead(reply.status, { 'content-type': 'application/json' }).end(text);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      proxy.closeAllConnections();
      proxy.close();
    });
    bases.here = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const rows = await run({ given: TOKEN_GIVEN(ids) }).catch((error: Error) => {
      assert.match(error.message, /^cannot reach /);
      return undefined;
    });
    isDone = rows !== undefined;
  }
  assert.ok(isDone);
  bases.here = own;
  const rows = await run();
  assert.deepEqual([...new Set(rows.map(({ outcome }) => outcome))], ['unchanged'], JSON.stringify(rows));
  const counts = [];
  for (const path of ['/credential', '/tool', '/assistant', '/squad', '/phone-number'])
    counts.push((await listHere(path)).length);
  assert.deepEqual(counts, [1, 2, 2, 1, 1]);
});

test('one refusal is told and stops nothing else', async () => {
  await make('/phone-number', { provider: 'vapi', sipUri: 'sip:taken@sip.vapi.ai' });
  await make('/assistant', { name: 'Desk' });
  const taken = await here.inject(
    'POST',
    '/phone-number',
    { provider: 'vapi', sipUri: 'sip:taken@sip.vapi.ai' },
    { key: here.otherKey },
  );
  assert.equal(taken.status, 201);
  const rows = await run();
  assert.equal(rowOf(rows, 'Desk').outcome, 'created');
  const line = rowOf(rows, 'sip:taken@sip.vapi.ai');
  assert.equal(line.outcome, 'left');
  assert.match(line.notes.join(), /the exchange refused it: 400 Bad Request: Couldn't Save Phone Number/);
});

test('a key that is not taken ends the import with the name of its side', async () => {
  await assert.rejects(run({ key: 'wrong' }), {
    name: 'RefusedError',
    message: new RegExp(`^${bases.here} answers 401 Unauthorized: .+`),
  });
});
