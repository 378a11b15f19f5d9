import type { BenchOptions, BenchReport } from '../bench.ts';
import { BenchProcess } from '../measure/bench-process.ts';
import { median } from '../measure/percentile.ts';
import { cpuMicrosecondsOf } from '../measure/process-cpu.ts';
import { ratio, rounded } from '../report/rounded.ts';
import type { Table } from '../report/table.ts';
import type { AnsweringAgentReady } from './answering-agent.ts';
import { placeCalls, sippVersion, startSippUas } from './sipp.ts';
import type { WholeExchangeReady } from './whole-exchange.ts';

const HOLD_MS = 300;
const FULL = { stackRates: [200, 1000, 2000, 4000], exchangeRates: [10, 25, 50], rounds: 2, seconds: 2 };
const SHORT = { stackRates: [200], exchangeRates: [10], rounds: 1, seconds: 1 };
/** Calls a second and seconds that let the compiler see the hot code before anything is measured. */
const WARM_UP = { callsPerSecond: 1000, seconds: 1.5 };
const EXCHANGE_WARM_UP = { callsPerSecond: 25, seconds: 2 };
const MICROSECONDS_PER_SECOND = 1_000_000;

interface Target {
  label: string;
  pid: number;
  port: number;
  user: string;
}

interface Sample {
  succeeded: number;
  failed: number;
  retransmissions: number;
  answerMs: number;
  cpuMicroseconds: number;
}

/** Calls set up per second and CPU per call: the stack alone, then the whole exchange, beside sipp's own UAS. */
export async function sipBench({ short, say }: BenchOptions): Promise<BenchReport> {
  const plan = short ? SHORT : FULL;
  const version = await sippVersion();
  await using opened = new AsyncDisposableStack();
  const sipp = await startSippUas();
  opened.defer(() => sipp.stop());
  const reference = { ...sipp, label: `${version} -sn uas (C, keeps no transactions)`, user: 'bench' };
  say('the stack alone');
  const stack = await measureStack(reference, plan, say);
  say('the whole exchange');
  const exchange = await measureExchange(reference, plan, say);
  return {
    title: 'SIP calls',
    about: [
      `Whole calls (INVITE, 180, 200, ACK, ${HOLD_MS} ms, BYE) over UDP from one ${version} with bench/sip/call.xml, ${plan.seconds} s at each rate. Medians of ${plan.rounds} interleaved rounds. CPU is of the answering process with all its threads and children, at rest too: sipp polls without calls, so that at low rates most of its figure is polling; a call counts as failed when any message of it did not come.`,
      'Stack alone: src/sip with an owner that answers every INVITE at once with a fixed session description. No digest, no media.',
      'Whole exchange: started as by `npm start` with OFFHOOK_SOURCE_CPS raised to 100000 (one address may otherwise place 150 calls a second): number looked up, agent routed, RTP session opened, ears opened, call record, timeline and recording written.',
    ],
    tables: [stack, exchange],
  };
}

type Plan = typeof FULL;

async function measureStack(reference: Target, plan: Plan, say: (line: string) => void): Promise<Table> {
  const module = new URL('./answering-agent.ts', import.meta.url);
  const agent = await BenchProcess.start<AnsweringAgentReady>(module, {});
  try {
    const { pid, ready } = agent;
    const ours = { label: 'Offhook, stack alone', pid, port: ready.port, user: 'bench' };
    await placeCalls({ ...ours, ...WARM_UP, holdMs: HOLD_MS });
    const table = await compare([ours, reference], plan.stackRates, plan, say);
    say(`${await agent.ask<number>('unacknowledged')} of our answers got no ACK`);
    return table;
  } finally {
    await agent.stop();
  }
}

async function measureExchange(reference: Target, plan: Plan, say: (line: string) => void): Promise<Table> {
  const module = new URL('./whole-exchange.ts', import.meta.url);
  const exchange = await BenchProcess.start<WholeExchangeReady>(module, {});
  try {
    const { port, quietUser, greetingUser } = exchange.ready;
    const { pid } = exchange;
    const quiet = { label: 'Offhook, agent waits for the caller', pid, port, user: quietUser };
    const greeting = { ...quiet, label: 'Offhook, agent greets (flite)', user: greetingUser };
    await placeCalls({ ...quiet, ...EXCHANGE_WARM_UP, holdMs: HOLD_MS });
    return await compare([quiet, greeting, reference], plan.exchangeRates, { ...plan, rounds: 1 }, say);
  } finally {
    await exchange.stop();
  }
}

async function compare(
  targets: Target[],
  rates: number[],
  { rounds, seconds }: Plan,
  say: (line: string) => void,
): Promise<Table> {
  const samples = new Map<string, Sample[]>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const rate of rates) {
      for (const target of targets) {
        const sample = await measure(target, rate, seconds);
        const { cpuMicroseconds, failed, retransmissions } = sample;
        say(
          `${target.label}, ${rate}/s: ${rounded(cpuMicroseconds)} us a call, ${failed} failed, ${retransmissions} sent again`,
        );
        const key = `${target.label} ${rate}`;
        samples.set(key, [...(samples.get(key) ?? []), sample]);
      }
    }
  }
  const reference = targets.at(-1) as Target;
  const rows = rates.flatMap((rate) =>
    targets.map((target) =>
      rowOf(
        target,
        rate,
        samples.get(`${target.label} ${rate}`) ?? [],
        samples.get(`${reference.label} ${rate}`) ?? [],
      ),
    ),
  );
  return {
    columns: [
      'answering side',
      'calls/s offered',
      'answered / failed',
      'retransmissions',
      'INVITE to 200, mean ms',
      'CPU us/call',
      'to reference',
      'calls/s that fill a core',
    ],
    rows,
  };
}

async function measure(target: Target, callsPerSecond: number, seconds: number): Promise<Sample> {
  const before = await cpuMicrosecondsOf(target.pid);
  const result = await placeCalls({ ...target, callsPerSecond, seconds, holdMs: HOLD_MS });
  const used = (await cpuMicrosecondsOf(target.pid)) - before;
  return { ...result, cpuMicroseconds: used / (result.succeeded + result.failed) };
}

function rowOf(target: Target, rate: number, samples: Sample[], reference: Sample[]): string[] {
  const sum = (of: 'succeeded' | 'failed' | 'retransmissions') =>
    samples.reduce((total, sample) => total + sample[of], 0);
  const cpuOf = (list: Sample[]) => median(list.map((sample) => sample.cpuMicroseconds));
  const cpu = cpuOf(samples);
  const answerMs = median(samples.map((sample) => sample.answerMs));
  return [
    target.label,
    String(rate),
    `${sum('succeeded').toLocaleString('en-US')} / ${sum('failed')}`,
    String(sum('retransmissions')),
    answerMs === 0 ? '< 1' : rounded(answerMs),
    rounded(cpu),
    samples === reference ? '1x' : ratio(cpu, cpuOf(reference)),
    rounded(MICROSECONDS_PER_SECOND / cpu),
  ];
}
