import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../../bench/measure/percentile.ts';
import type { RtpStats } from '../../src/media/media-session.ts';
import type { PhoneCall } from '../../src/phone/phone-call.ts';
import { seededRandom } from '../fuzz/sip-corpus.ts';
import { openProcessHouse, type ServerProcess } from '../support/server-process.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { tone } from '../support/tones.ts';
import { until } from '../support/until.ts';
import { agentNumber } from './agent-number.ts';
import { assertEndedOnce, type CallRecordView, callRecords } from './call-records.ts';
import { boundUdpPorts, metricsOf, openDescriptors, residentMb, slope } from './process-vitals.ts';

/** Calls that are up at any time, and minutes that it lasts; more of both by hand: OFFHOOK_SOAK_LINES=100 OFFHOOK_SOAK_MINUTES=60. */
const LINES = Number(process.env.OFFHOOK_SOAK_LINES ?? 50);
const SOAK_MS = 60_000 * Number(process.env.OFFHOOK_SOAK_MINUTES ?? 10);
/** Lines begin one after the other, as a rush would be another test. */
const RAMP_STEP_MS = 100;
/** How long a call is up that its caller ends. */
const SHORTEST_CALL_MS = 5_000;
const LONGEST_CALL_MS = 25_000;
/** Share of the calls that the exchange ends, by the least duration an assistant can be limited to. */
const LIMITED_SHARE = 0.2;
const MAX_DURATION_SECONDS = 10;
const ANSWER_LIMIT_MS = 5_000;
const END_LIMIT_MS = 30_000;
/** Pairs for twice the calls: had closed calls kept theirs, the soak would run out of them in its first minute. */
const RTP_PORTS = { from: 24_000, to: 24_000 + 4 * LINES - 1 };
/** A tone of the caller, so that the way from it is no mere silence. */
const TONE = tone(440, 400, 3_000);
const TONE_EVERY_MS = 4_000;

const SAMPLE_EVERY_MS = 2_000;
/**
 * Compiled code, the pages that SQLite keeps and what the allocator holds back have found their size by then: before, memory
 * grows by steps while all that lives in it stays the same.
 */
const WARM_UP_MS = 240_000;
/**
 * The most that half of a thread's young generation takes, in megabytes. V8 lets it double up to 64 MB whenever it likes: a
 * step of that size within the minutes that are looked at is no leak, and looks like one.
 */
const SEMI_SPACE_MB = 8;
/** Some 200 calls a minute that left 25 KB each behind would pass this. */
const SLOPE_LIMIT_MB_PER_MINUTE = 5;
/** One lost packet in a hundred thousand is the machine's; ours would be more. */
const LOSS_LIMIT = 1e-5;
const ERROR_LEVEL = 50;

const FIRST_MESSAGE = 'Hello, this is the bakery. Please hold the line.';
const PATIENT = { firstMessage: FIRST_MESSAGE, silenceTimeoutSeconds: 3_600 };

/** One call as its caller saw it. */
interface Outcome {
  callId: string;
  limited: boolean;
  answeredAfterMs: number;
  heardSpeech: boolean;
  stats: RtpStats;
}

interface Soak {
  server: ServerProcess;
  phone: TestPhone;
  /** When no more calls begin, on the clock of `performance.now()`. */
  until: number;
  outcomes: Outcome[];
  /** What went wrong with a call; the others go on. */
  failures: string[];
}

interface Sample {
  atMs: number;
  residentMb: number;
  active: number;
}

async function answered(call: PhoneCall): Promise<number> {
  const dialledAt = performance.now();
  const late = AbortSignal.timeout(ANSWER_LIMIT_MS);
  const limit = new Promise<never>((_, reject) => {
    late.addEventListener('abort', () => reject(new Error(`not answered within ${ANSWER_LIMIT_MS} ms`)));
  });
  await Promise.race([call.answered, limit]);
  return performance.now() - dialledAt;
}

/** Keeps a call up for a time with a tone now and then. @throws when the other side ends it meanwhile. */
async function talk(call: PhoneCall, durationMs: number): Promise<void> {
  const endsAt = performance.now() + durationMs;
  for (let left = durationMs; left > 0; left = endsAt - performance.now()) {
    call.media.play(TONE);
    await sleep(Math.min(TONE_EVERY_MS, left));
    if (call.end) throw new Error(`lost: ended by the other side, ${JSON.stringify(call.end)}`);
  }
}

async function oneCall({ server, phone }: Soak, random: () => number): Promise<Outcome> {
  const limited = random() < LIMITED_SHARE;
  const durationMs = SHORTEST_CALL_MS + random() * (LONGEST_CALL_MS - SHORTEST_CALL_MS);
  const call = await phone.dial(server.uri(limited ? 'limited' : 'patient'));
  let heardSpeech = false;
  call.ear.started.on(() => {
    heardSpeech = true;
  });
  const answeredAfterMs = await answered(call);
  if (limited) await call.whenEnded(END_LIMIT_MS);
  else await talk(call, durationMs);
  return { callId: call.callId, limited, answeredAfterMs, heardSpeech, stats: await call.hangup() };
}

/** One of the lines: call after call until the soak is over. */
async function line(soak: Soak, index: number): Promise<void> {
  const random = seededRandom(index + 1);
  await sleep(index * RAMP_STEP_MS);
  while (performance.now() < soak.until) {
    try {
      soak.outcomes.push(await oneCall(soak, random));
    } catch (error) {
      soak.failures.push(`line ${index}: ${(error as Error).message}`);
    }
  }
}

/** Looks at the server every two seconds, until told that the lines are done. */
async function watch({ server, until: endsAt }: Soak): Promise<Sample[]> {
  const samples: Sample[] = [];
  const startedAt = performance.now();
  while (performance.now() < endsAt) {
    const active = (await metricsOf(server)).get('offhook_calls_active') ?? Number.NaN;
    samples.push({
      atMs: performance.now() - startedAt,
      residentMb: await residentMb(server.pid),
      active,
    });
    await sleep(SAMPLE_EVERY_MS);
  }
  return samples;
}

function assertLines(t: TestContext, { outcomes, failures }: Soak): void {
  const waits = outcomes.map(({ answeredAfterMs }) => answeredAfterMs);
  const ms = (share: number) => `${percentile(waits, share).toFixed(0)} ms`;
  t.diagnostic(`${outcomes.length} calls, ${failures.length} failed; ${LINES} lines for ${SOAK_MS / 1000} s`);
  t.diagnostic(`answered after p50 ${ms(0.5)}, p99 ${ms(0.99)}, at most ${ms(1)}`);
  assert.deepEqual(failures, []);
  const mute = outcomes.filter(({ heardSpeech }) => !heardSpeech);
  assert.equal(mute.length, 0, 'every caller heard the agent speak');
}

/** Holds that the packets of both ways have arrived, by the figures of whom they went to. */
function assertNoLoss(t: TestContext, outcomes: Outcome[], records: CallRecordView[]): void {
  const atCaller = outcomes.map(({ stats }) => stats);
  const atExchange = records.flatMap(({ artifact }) => artifact.media ?? []);
  assert.equal(atExchange.length, records.length, 'every record holds the figures of its line');
  for (const [where, all] of Object.entries({ caller: atCaller, exchange: atExchange })) {
    const sum = (part: 'received' | 'lost' | 'late') => all.reduce((total, stats) => total + stats[part], 0);
    const received = sum('received');
    t.diagnostic(`at the ${where}: ${received} packets, ${sum('lost')} lost, ${sum('late')} late`);
    assert.ok(received > all.length * 100, `${received} packets in ${all.length} calls`);
    assert.ok(sum('lost') <= received * LOSS_LIMIT, `${sum('lost')} of ${received} lost at the ${where}`);
  }
}

async function assertRecords({ server, outcomes }: Soak, records: CallRecordView[]): Promise<void> {
  const reasonOf = new Map(records.map((record) => [record.phoneCallProviderId, record.endedReason]));
  assert.equal(reasonOf.size, records.length, 'one record a call');
  assert.deepEqual([...reasonOf.keys()].sort(), outcomes.map(({ callId }) => callId).sort());
  for (const { callId, limited } of outcomes)
    assert.equal(reasonOf.get(callId), limited ? 'exceeded-max-duration' : 'customer-ended-call');
  for (const record of records) {
    assert.equal(record.status, 'ended');
    await assertEndedOnce(server, record);
  }
}

function assertFlat(t: TestContext, samples: Sample[]): void {
  const settled = samples.filter(({ atMs }) => atMs >= WARM_UP_MS);
  const rise = slope(settled.map(({ atMs, residentMb }) => ({ x: atMs / 60_000, y: residentMb })));
  const memory = settled.map(({ residentMb }) => residentMb);
  const active = settled.map((sample) => sample.active);
  const between = (values: number[], digits: number) =>
    `${percentile(values, 0).toFixed(digits)} to ${percentile(values, 1).toFixed(digits)}`;
  t.diagnostic(
    `after ${WARM_UP_MS / 1000} s: ${between(active, 0)} calls up; memory ${between(memory, 0)} MB, ` +
      `rising ${rise.toFixed(1)} MB a minute (limit: ${SLOPE_LIMIT_MB_PER_MINUTE})`,
  );
  assert.ok(percentile(active, 0.5) >= LINES * 0.9, `${percentile(active, 0.5)} calls up as a rule`);
  assert.ok(rise < SLOPE_LIMIT_MB_PER_MINUTE, `${rise} MB a minute`);
}

test(`${LINES} calls at a time for ${SOAK_MS / 60_000} minutes: none lost, and nothing is left of them but their records`, async (t) => {
  const house = await openProcessHouse();
  t.after(() => house.close());
  const phone = await openTestPhone();
  t.after(() => phone.close());
  const server = await house.start({
    OFFHOOK_RTP_PORTS: `${RTP_PORTS.from}-${RTP_PORTS.to}`,
    OFFHOOK_HEARING_PROCESSES: '1',
    NODE_OPTIONS: `--max-semi-space-size=${SEMI_SPACE_MB} --import=${new URL('./collect-garbage.ts', import.meta.url)}`,
  });
  const limited = { ...PATIENT, maxDurationSeconds: MAX_DURATION_SECONDS };
  const numberIds = [
    await agentNumber(server, 'patient', PATIENT),
    await agentNumber(server, 'limited', limited),
  ];
  const soak: Soak = { server, phone, until: Number.POSITIVE_INFINITY, outcomes: [], failures: [] };
  // The first call opens what stays open: what is compared with at the end.
  soak.outcomes.push(await oneCall(soak, seededRandom(0)));
  await until('the first call is over', async () => (await boundUdpPorts(RTP_PORTS)).length === 0);
  const atStart = await openDescriptors(server);

  soak.until = performance.now() + SOAK_MS;
  const lines = Array.from({ length: LINES }, (_, index) => line(soak, index));
  const [samples] = await Promise.all([watch(soak), ...lines]);

  assertLines(t, soak);
  const ended = await until('no call is up', async () => {
    const metrics = await metricsOf(server);
    return metrics.get('offhook_calls_active') === 0 && metrics.get('offhook_calls_total');
  });
  assert.equal(ended, soak.outcomes.length, '/metrics counts every end');
  const records = (await Promise.all(numberIds.map((id) => callRecords(server, id)))).flat();
  await assertRecords(soak, records);
  assertNoLoss(t, soak.outcomes, records);
  assertFlat(t, samples);

  await until('all RTP ports are free', async () => (await boundUdpPorts(RTP_PORTS)).length === 0);
  await until(
    'as many files open as before',
    async () => {
      const now = await openDescriptors(server);
      return now.length <= atStart.length;
    },
    30_000,
  ).catch(async () => assert.deepEqual(await openDescriptors(server), atStart));
  t.diagnostic(`${(await openDescriptors(server)).length} descriptors open, ${atStart.length} at the start`);
  assert.deepEqual(
    server.log().filter(({ level }) => level >= ERROR_LEVEL),
    [],
  );
});
