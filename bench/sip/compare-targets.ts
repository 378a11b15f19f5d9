import { median } from '../measure/percentile.ts';
import { cpuMicrosecondsOf } from '../measure/process-cpu.ts';
import { ratio, rounded } from '../report/rounded.ts';
import type { Table } from '../report/table.ts';
import type { CallLoad, CallLoadResult } from './sipp.ts';

const MICROSECONDS_PER_SECOND = 1_000_000;

/** An answering side, and how calls are placed to it. */
export interface Target {
  label: string;
  pid: number;
  place(rate: Pick<CallLoad, 'callsPerSecond' | 'seconds'>): Promise<CallLoadResult>;
}

export interface Plan {
  rounds: number;
  /** Of each rate. */
  seconds: number;
}

interface Sample extends CallLoadResult {
  /** Of one call. */
  cpuMicroseconds: number;
}

/** Calls to each target at each rate, in turn, round by round; the last target is the one that the others are compared with. */
export async function compare(
  targets: readonly Target[],
  rates: readonly number[],
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
      'to the last row',
      'calls/s that fill a core',
    ],
    rows,
  };
}

async function measure({ pid, place }: Target, callsPerSecond: number, seconds: number): Promise<Sample> {
  const before = await cpuMicrosecondsOf(pid);
  const result = await place({ callsPerSecond, seconds });
  const used = (await cpuMicrosecondsOf(pid)) - before;
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
