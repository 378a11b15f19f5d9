import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PhoneCall } from '../../src/phone/phone-call.ts';
import { seededRandom } from '../fuzz/sip-corpus.ts';
import { type CustomerServer, startCustomerServer } from '../support/customer-server.ts';
import { openProcessHouse, type ServerProcess } from '../support/server-process.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { until } from '../support/until.ts';
import { agentNumber } from './agent-number.ts';
import { assertEndedOnce, type CallRecordView, callRecords } from './call-records.ts';

const ROUNDS = 20;
const CALLS_PER_ROUND = 8;
/** Calls begin within this; the process dies anywhere between the first answer and this later. */
const DIAL_WITHIN_MS = 800;
const KILL_WITHIN_MS = 2_000;
/** Share of the calls whose caller hangs up, and the longest that it talks before. */
const HANGUP_SHARE = 0.5;
const TALK_WITHIN_MS = 600;
const WORKER_DIED = 'call.in-progress.error-vapifault-worker-died';
/** Fixed, so that a record reads the same from whatever port the process of the day has. */
const SETTINGS = {
  OFFHOOK_PUBLIC_URL: 'http://exchange.test',
  OFFHOOK_HEARING_PROCESSES: '1',
  OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8',
};
/** How long the last messages may take once the last process is up. */
const TOLD_WITHIN_MS = 30_000;
const DATABASE = 'offhook.db';
/** A request that the kill cut off is tried again by the next process, as the customer asks for. */
const PATIENCE = { backoffPlan: { type: 'fixed', maxRetries: 5, baseDelaySeconds: 0.2 } };
const AGENT = {
  firstMessage: 'Hello, this is the bakery. What may we bake for you?',
  silenceTimeoutSeconds: 600,
};

interface Caller {
  call: PhoneCall;
  isAnswered: boolean;
}

/** What of a round must be found again. */
interface Round {
  callers: Caller[];
  /** Records as the API last showed them before the kill. */
  shown: CallRecordView[];
}

async function caller(
  phone: TestPhone,
  server: ServerProcess,
  random: () => number,
  onAnswered: () => void,
): Promise<Caller> {
  await sleep(random() * DIAL_WITHIN_MS);
  const mine: Caller = { call: await phone.dial(server.uri('shop')), isAnswered: false };
  const hangsUp = random() < HANGUP_SHARE;
  const talkMs = random() * TALK_WITHIN_MS;
  void mine.call.answered.then(
    async () => {
      mine.isAnswered = true;
      onAnswered();
      if (!hangsUp) return;
      await sleep(talkMs);
      // The exchange may be dead by then: what it made of the BYE is read from its store.
      await mine.call.hangup().catch(() => undefined);
    },
    () => undefined, // it died before it answered: `isAnswered` says so
  );
  return mine;
}

/** Has calls come and go, and kills the server in the middle of them. */
async function killAmidCalls(
  server: ServerProcess,
  phone: TestPhone,
  numberId: string,
  random: () => number,
): Promise<Round> {
  const first = Promise.withResolvers<void>();
  const dialling = Array.from({ length: CALLS_PER_ROUND }, () =>
    caller(phone, server, random, first.resolve),
  );
  await first.promise;
  await sleep(random() * KILL_WITHIN_MS);
  const shown = await callRecords(server, numberId);
  server.kill('SIGKILL');
  assert.equal((await server.ended).signal, 'SIGKILL');
  return { callers: await Promise.all(dialling), shown };
}

/** Opens what the killed process left as SQLite finds it, on a copy, so that the next start finds it untouched too. */
async function assertSoundDatabase(dataDir: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-kills-'));
  try {
    for (const suffix of ['', '-wal'])
      await copyFile(join(dataDir, DATABASE + suffix), join(folder, DATABASE + suffix));
    const database = new DatabaseSync(join(folder, DATABASE));
    assert.deepEqual(
      database
        .prepare('pragma integrity_check')
        .all()
        .map((row) => ({ ...row })),
      [{ integrity_check: 'ok' }],
    );
    assert.deepEqual(database.prepare('pragma foreign_key_check').all(), []);
    database.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What is ended stays as it is, what was open has ended now, each once; and nobody who was answered is missing. */
async function assertAllEnded(
  server: ServerProcess,
  { callers, shown }: Round,
  records: CallRecordView[],
): Promise<{ closed: number; ended: number }> {
  const found = new Map(records.map((record) => [record.id, record]));
  for (const before of shown) {
    const now = found.get(before.id);
    if (before.status === 'ended') assert.deepEqual(now, before, 'what was shown as ended is final');
    else assert.equal(now?.status, 'ended', `${before.id} was ${before.status}`);
  }
  const byCallId = new Map(records.map((record) => [record.phoneCallProviderId, record]));
  let closed = 0;
  let ended = 0;
  for (const { call, isAnswered } of callers) {
    const record = byCallId.get(call.callId);
    // The answer waits for the row, so however short before the kill it came, the row was on disk.
    assert.ok(record || !isAnswered, `${call.callId} was answered and left no record`);
    if (!record) continue;
    assert.equal(record.status, 'ended');
    await assertEndedOnce(server, record);
    if (record.endedReason === WORKER_DIED) closed += 1;
    else ended += 1;
  }
  return { closed, ended };
}

/** What the customer's server was told of one call: each message once, by its id, in the order in which they came first. */
function toldOf(customer: CustomerServer, callId: string): { type: string; status: unknown }[] {
  const messages = new Map<string, { type: string; status: unknown; body: string }>();
  for (const { headers, message, body } of customer.requests) {
    if ((message?.call as { id?: string } | undefined)?.id !== callId) continue;
    const id = String(headers['webhook-id']);
    const first = messages.get(id);
    if (first) assert.equal(body, first.body, `${id} is the same however often it is sent`);
    else messages.set(id, { type: String(message?.type), status: message?.status, body });
  }
  return [...messages.values()].map(({ type, status }) => ({ type, status }));
}

/** Of every call the customer heard each state once, in order, and one report, which came last. */
async function assertToldOnce(customer: CustomerServer, records: CallRecordView[]): Promise<number> {
  let messages = 0;
  for (const { id, startedAt } of records) {
    const told = await until(
      `the report of ${id}`,
      () => {
        const all = toldOf(customer, id);
        return all.at(-1)?.type === 'end-of-call-report' && all;
      },
      TOLD_WITHIN_MS,
    );
    messages += told.length;
    assert.equal(told.filter(({ type }) => type === 'end-of-call-report').length, 1, `${id}: one report`);
    const statuses = told.filter(({ type }) => type === 'status-update').map(({ status }) => status);
    assert.deepEqual(statuses, ['ringing', ...(startedAt ? ['in-progress'] : []), 'ended'], id);
  }
  return messages;
}

test('killed twenty times with calls up: each call ends once, nothing shown is lost, the database is sound, the customer is told of each call once', async (t) => {
  const house = await openProcessHouse();
  t.after(() => house.close());
  const phone = await openTestPhone();
  t.after(() => phone.close());
  const random = seededRandom(9);
  let server = await house.start(SETTINGS);
  const customer = await startCustomerServer();
  t.after(() => customer.close());
  const numberId = await agentNumber(server, 'shop', AGENT, { server: { url: customer.url, ...PATIENCE } });
  const total = { closed: 0, ended: 0, unrecorded: 0, startedAgainMs: 0 };
  for (let number = 0; number < ROUNDS; number += 1) {
    const round = await killAmidCalls(server, phone, numberId, random);
    await until('no orphan', () => house.alive().length === 0);
    await assertSoundDatabase(house.dataDir);
    server = await house.start(SETTINGS);
    const records = await callRecords(server, numberId);
    const { closed, ended } = await assertAllEnded(server, round, records);
    total.closed += closed;
    total.ended += ended;
    total.unrecorded += round.callers.length - closed - ended;
    total.startedAgainMs = Math.max(total.startedAgainMs, server.screenAfterMs);
    await Promise.all(round.callers.map(({ call }) => call.media.close()));
  }
  const records = await callRecords(server, numberId);
  assert.equal(records.length, total.closed + total.ended, 'no call has two records');
  const messages = await assertToldOnce(customer, records);
  t.diagnostic(
    `${ROUNDS} kills, ${ROUNDS * CALLS_PER_ROUND} calls: ${total.closed} were up and closed by the next start, ` +
      `${total.ended} had ended, ${total.unrecorded} had not come in; slowest start ${total.startedAgainMs.toFixed(0)} ms; ` +
      `${messages} messages to the customer's server, ${customer.requests.length - messages} of them sent twice, 0 lost`,
  );
  assert.ok(total.closed > ROUNDS && total.ended > ROUNDS / 4, JSON.stringify(total));
});
