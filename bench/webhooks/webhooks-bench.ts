import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchOptions, BenchReport } from '../bench.ts';
import { BenchProcess } from '../measure/bench-process.ts';
import { median, percentile } from '../measure/percentile.ts';
import { ratio, rounded } from '../report/rounded.ts';
import type { Commits, RunDetails } from './outbox-process.ts';
import type { Arrivals, ReceiverReady } from './receiver.ts';

const CALLS = 200;
/** Messages a second that the exchange is asked for: two hundred calls with ten each. */
const GOAL_PER_SECOND = 2_000;
const FULL = { rounds: 3, windowMs: 5_000, warmUpMs: 1_000 };
const SHORT = { rounds: 1, windowMs: 1_500, warmUpMs: 500 };
const LOOK_AGAIN_MS = 10;

interface Load {
  label: string;
  sender: BenchProcess<object>;
  perSecond?: number;
}

interface Sample {
  perSecond: number;
  p50Ms: number;
  p95Ms: number;
  cpuMicroseconds: number;
}

/** Messages a second from the commit of their event to a customer's server, beside bare requests to the same one. */
export async function webhooksBench({ short, say }: BenchOptions): Promise<BenchReport> {
  const { rounds, windowMs, warmUpMs } = short ? SHORT : FULL;
  await using opened = new AsyncDisposableStack();
  const open = async <Ready>(module: URL, config: object) => {
    const process = await BenchProcess.start<Ready>(module, config);
    opened.defer(() => process.stop());
    return process;
  };
  const receiver = await open<ReceiverReady>(new URL('./receiver.ts', import.meta.url), {});
  const config = { url: `http://127.0.0.1:${receiver.ready.port}/events`, calls: CALLS };
  const outbox = await open<object>(new URL('./outbox-process.ts', import.meta.url), config);
  const plain = await open<object>(new URL('./plain-poster.ts', import.meta.url), config);
  const loads: Load[] = [
    { label: `exchange, ${GOAL_PER_SECOND / 2} a second`, sender: outbox, perSecond: GOAL_PER_SECOND / 2 },
    { label: `exchange, ${GOAL_PER_SECOND} a second`, sender: outbox, perSecond: GOAL_PER_SECOND },
    { label: 'exchange, as fast as it can', sender: outbox },
    { label: 'bare undici', sender: plain },
  ];
  const samples = new Map<Load, Sample[]>(loads.map((load) => [load, []]));
  for (const load of loads) await measure(load, receiver, warmUpMs);
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} of ${rounds}`);
    for (const load of loads) samples.get(load)?.push(await measure(load, receiver, windowMs));
  }
  return {
    title: 'Server messages',
    about: [
      `${CALLS} calls over SQLite (synchronous=FULL). Each turn writes its event and four messages of about 1 KB in one transaction; they are signed, sent through the guarded way out to one server in another process, in order per call, and each attempt is written down. Times run from the commit to the arrival; the rate counts until the last message of a run has arrived. Medians of ${rounds} rounds of ${windowMs} ms. CPU is of the whole sending process.`,
      'Reference: bare undici requests with the same bodies and as many at once, without store, signature, guard or order; their times run from the request to the arrival.',
    ],
    tables: [tableOf(loads, samples)],
  };
}

/** Runs a load and waits until everything has arrived. */
async function measure(
  { sender, perSecond }: Load,
  receiver: BenchProcess<unknown>,
  durationMs: number,
): Promise<Sample> {
  const details: RunDetails = { durationMs, ...(perSecond !== undefined && { perSecond }) };
  const cpuBefore = await sender.cpuMicroseconds();
  const startedAt = performance.now();
  const commits = await sender.ask<Commits>('run', details);
  while ((await receiver.ask<number>('count')) < commits.size) await sleep(LOOK_AGAIN_MS);
  const elapsedMs = performance.now() - startedAt;
  const used = (await sender.cpuMicroseconds()) - cpuBefore;
  const arrivals = await receiver.ask<Arrivals>('takeArrivals');
  const times = [...commits].map(([id, committedAt]) => {
    const arrivedAt = arrivals.get(id);
    if (arrivedAt === undefined) throw new Error(`${id} did not arrive`);
    // It may arrive before the writer hears of its own commit.
    return Math.max(0, arrivedAt - committedAt);
  });
  return {
    perSecond: commits.size / (elapsedMs / 1000),
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
    cpuMicroseconds: used / commits.size,
  };
}

function tableOf(loads: Load[], samples: Map<Load, Sample[]>) {
  const middle = (load: Load, of: keyof Sample) =>
    median((samples.get(load) ?? []).map((sample) => sample[of]));
  const reference = loads.at(-1) as Load;
  return {
    columns: ['load', 'messages/s', 'p50 ms', 'p95 ms', 'CPU us/message', 'CPU to reference'],
    rows: loads.map((load) => {
      const cpu = middle(load, 'cpuMicroseconds');
      return [
        load.label,
        rounded(middle(load, 'perSecond')),
        rounded(middle(load, 'p50Ms')),
        rounded(middle(load, 'p95Ms')),
        rounded(cpu),
        load === reference ? '1x' : ratio(cpu, middle(reference, 'cpuMicroseconds')),
      ];
    }),
  };
}
