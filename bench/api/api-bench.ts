import type { BenchOptions, BenchReport } from '../bench.ts';
import { BenchProcess } from '../measure/bench-process.ts';
import { median, percentile } from '../measure/percentile.ts';
import { ratio, rounded } from '../report/rounded.ts';
import type { ExchangeServerReady } from './exchange-server.ts';
import { type HttpCall, loadHttp } from './http-load.ts';
import { OPERATIONS, type Operation, pickerOf } from './operations.ts';
import type { PlainServerReady } from './plain-server.ts';

/** Enough to keep one core busy, few enough that a request's time is not all queueing. */
const CONNECTIONS = 16;
const FULL = { sizes: [1_000, 1_000_000], rounds: 3, windowMs: 800, warmUpMs: 200 };
const SHORT = { sizes: [1_000, 50_000], rounds: 1, windowMs: 300, warmUpMs: 100 };

/** One server that takes the operations. */
interface Target {
  label: string;
  process: BenchProcess<unknown>;
  port: number;
  key: string;
  call(operation: Operation): HttpCall;
}

interface Sample {
  perSecond: number;
  cpuMicroseconds: number;
  p50Ms: number;
  p99Ms: number;
}

/** Requests per second and CPU per request of the phone numbers' operations, beside a bare node:http server. */
export async function apiBench({ short, say }: BenchOptions): Promise<BenchReport> {
  const { sizes, rounds, windowMs, warmUpMs } = short ? SHORT : FULL;
  await using opened = new AsyncDisposableStack();
  const exchanges: Target[] = [];
  const seeded: string[] = [];
  for (const numbers of sizes) {
    say(`seeding ${numbers.toLocaleString('en-US')} numbers`);
    const module = new URL('./exchange-server.ts', import.meta.url);
    const process = await BenchProcess.start<ExchangeServerReady>(module, { numbers });
    opened.defer(() => process.stop());
    const { port, key, ids, seedMs } = process.ready;
    const pick = pickerOf(ids, numbers);
    const label = `${numbers.toLocaleString('en-US')} numbers`;
    seeded.push(`${label} in ${rounded(seedMs / 1000)} s`);
    exchanges.push({ label, process, port, key, call: (operation) => operation.call(pick) });
  }
  const plain = await plainTarget(exchanges[0] as Target, opened);
  const targets = [...exchanges, plain];
  const samples = new Map<Target, Map<Operation, Sample[]>>(
    targets.map((target) => [target, new Map(OPERATIONS.map((operation) => [operation, []]))]),
  );
  const note = (target: Target, operation: Operation, sample: Sample) =>
    samples.get(target)?.get(operation)?.push(sample);
  // Reads first: what POST adds would make a thousand numbers ten thousand.
  for (const method of ['GET', 'POST']) {
    const operations = OPERATIONS.filter((operation) => operation.method === method);
    for (const operation of operations)
      for (const target of targets) await measure(target, operation, warmUpMs);
    for (let round = 1; round <= rounds; round += 1) {
      say(`${method}, round ${round} of ${rounds}`);
      for (const operation of operations) {
        for (const target of targets) note(target, operation, await measure(target, operation, windowMs));
      }
    }
  }
  return {
    title: 'HTTP API',
    about: [
      `The API over SQLite (synchronous=FULL, every POST is on disk when it is answered) in one process, ${CONNECTIONS} connections from another. Medians of ${rounds} interleaved rounds, each of ${windowMs} ms. CPU is of the whole server process with its database threads.`,
      `Reference: a bare node:http server without routes, keys, checks or database that sends the same objects by JSON.stringify and, for POST, appends the object to a file and syncs it. Seeded: ${seeded.join(', ')}, through the storage's own codec.`,
    ],
    tables: [tableOf(targets, samples)],
  };
}

async function plainTarget(exchange: Target, opened: AsyncDisposableStack): Promise<Target> {
  const process = await BenchProcess.start<PlainServerReady>(
    new URL('./plain-server.ts', import.meta.url),
    {},
  );
  opened.defer(() => process.stop());
  for (const operation of OPERATIONS) {
    const { lastBody } = await load(exchange, operation, 1);
    await process.ask('answerWith', { operation: operation.name, object: JSON.parse(lastBody) });
  }
  return {
    label: 'bare node:http',
    process,
    port: process.ready.port,
    key: exchange.key,
    call: (operation) => ({ ...exchange.call(operation), path: `/${operation.name}` }),
  };
}

async function measure(target: Target, operation: Operation, durationMs: number): Promise<Sample> {
  const before = await target.process.cpuMicroseconds();
  const { requests, elapsedMs, latenciesMs } = await load(target, operation, durationMs);
  const used = (await target.process.cpuMicroseconds()) - before;
  return {
    perSecond: requests / (elapsedMs / 1000),
    cpuMicroseconds: used / requests,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
  };
}

function load(target: Target, operation: Operation, durationMs: number) {
  return loadHttp({
    port: target.port,
    key: target.key,
    connections: CONNECTIONS,
    durationMs,
    next: () => target.call(operation),
    expectedStatus: operation.status,
  });
}

function tableOf(targets: Target[], samples: Map<Target, Map<Operation, Sample[]>>) {
  const middle = (target: Target, operation: Operation, of: keyof Sample) =>
    median((samples.get(target)?.get(operation) ?? []).map((sample) => sample[of]));
  const reference = targets.at(-1) as Target;
  const rows = OPERATIONS.flatMap((operation) =>
    targets.map((target) => {
      const cpu = middle(target, operation, 'cpuMicroseconds');
      return [
        `${operation.label}: ${target.label}`,
        rounded(middle(target, operation, 'perSecond')),
        rounded(cpu),
        target === reference ? '1x' : ratio(cpu, middle(reference, operation, 'cpuMicroseconds')),
        rounded(middle(target, operation, 'p50Ms')),
        rounded(middle(target, operation, 'p99Ms')),
      ];
    }),
  );
  return {
    columns: ['operation', 'requests/s', 'CPU us/request', 'CPU to reference', 'p50 ms', 'p99 ms'],
    rows,
  };
}
