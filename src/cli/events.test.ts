import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { NewDelivery } from '../domain/deliveries/delivery.ts';
import { FakeClock } from '../lib/fake-clock.ts';
import { newId } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { openStorage, type Storage } from '../storage/open-storage.ts';
import { CommandError } from './command-error.ts';
import { type EventOptions, events } from './events.ts';

const clock = new FakeClock();
const URL = 'https://customer.example/hook';
let storage: Storage;
let dead: NewDelivery;
let waiting: NewDelivery;

/** One message that was given up and one that waits behind it. */
beforeEach(async () => {
  storage = await openStorage({ dataDir: ':memory:', clock, logger: silentLogger });
  const orgId = newId();
  const now = clock.now();
  await storage.orgs.insertOrg({ id: orgId, name: 'default', createdAt: 0 });
  await storage.orgs.insertOrg({ id: newId(), name: 'Bolt', createdAt: 1 });
  const delivery = (type: string, callId: string): NewDelivery => ({
    id: newId(),
    orgId,
    streamId: callId,
    callId,
    type,
    server: { url: URL },
    body: `{"type":"${type}"}`,
    createdAt: now,
  });
  dead = delivery('end-of-call-report', 'call-1');
  waiting = delivery('hang', 'call-2');
  await storage.deliveries.insert([dead]);
  const [claimed] = await storage.deliveries.claim({
    owner: 'n',
    now,
    until: now,
    limit: 1,
    perEndpoint: 1,
  });
  const attempt = { at: now, durationMs: 12, status: 503 };
  await storage.deliveries.settle(
    [{ seq: claimed?.delivery.seq ?? 0, attempt, outcome: { status: 'dead' } }],
    { owner: 'n', now, until: now },
    (health) => health,
  );
  await storage.deliveries.insert([waiting]);
});
afterEach(() => storage.close());

const run = (words: string[], options: EventOptions = {}) => events(storage, words, options, clock.now() + 1);

test('the list tells when, what, whereto and how it went, the newest first', async () => {
  const [head, first, second, ...rest] = await run(['list']);
  assert.deepEqual(rest, []);
  assert.match(head ?? '', /^WRITTEN +TYPE +STATUS +TRIES +LAST +ENDPOINT +ID$/);
  assert.match(first ?? '', new RegExp(`hang +pending +0 +${URL} +${waiting.id}$`));
  assert.match(second ?? '', new RegExp(`end-of-call-report +dead +1 +503 +${URL} +${dead.id}$`));
});

test('the list is narrowed by status, type, call, endpoint, org and number of lines', async () => {
  const lines = async (options: EventOptions) => (await run(['list'], options)).length - 1;
  assert.equal(await lines({ status: 'dead' }), 1);
  assert.equal(await lines({ type: 'hang' }), 1);
  assert.equal(await lines({ call: 'call-1' }), 1);
  assert.equal(await lines({ endpoint: URL }), 2);
  assert.equal(await lines({ endpoint: 'https://other.example/' }), 0);
  assert.equal(await lines({ org: 'Bolt' }), 0);
  assert.equal(await lines({ limit: '1' }), 1);
});

test('one message is shown with its tries and its body', async () => {
  const shown = (await run(['show', dead.id])).join('\n');
  assert.match(shown, /^status +dead$/m);
  assert.match(shown, / {2}503 {2}12 ms$/m);
  assert.ok(shown.endsWith(dead.body));
  await assert.rejects(run(['show', newId()]), CommandError);
});

test('one message is sent again by its id, unless it waits already', async () => {
  assert.deepEqual(await run(['replay', dead.id]), [`${dead.id} is sent again`]);
  assert.equal((await storage.deliveries.get(dead.orgId, dead.id))?.status, 'pending');
  assert.deepEqual(await run(['replay', waiting.id]), [`${waiting.id} waits to be sent already`]);
});

test('many are sent again by a filter', async () => {
  const later = new Date(clock.now() + 1_000).toISOString();
  assert.deepEqual(await run(['replay'], { status: 'dead', since: later }), ['0 messages are sent again']);
  assert.deepEqual(await run(['replay'], { status: 'dead', org: 'Bolt' }), ['0 messages are sent again']);
  assert.deepEqual(await run(['replay'], { status: 'dead', endpoint: URL }), ['1 message is sent again']);
});

test('what is misspelt is refused with what would be right, and nothing is sent', async () => {
  for (const words of [[], ['frob'], ['show'], ['list', 'x'], ['replay'], ['replay', 'a', 'b']])
    await assert.rejects(run(words), /^CommandError: usage: offhook events list/);
  for (const options of [{ status: 'lost' }, { limit: '0' }, { limit: 'x' }, { org: 'Nobody' }])
    await assert.rejects(run(['list'], options), CommandError);
  for (const options of [
    { status: 'pending' },
    { status: 'dead', since: 'soon' },
    { status: 'dead', call: 'x' },
  ])
    await assert.rejects(run(['replay'], options), CommandError);
  assert.equal((await storage.deliveries.get(dead.orgId, dead.id))?.status, 'dead');
});
