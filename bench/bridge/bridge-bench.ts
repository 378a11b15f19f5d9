import type { BenchOptions, BenchReport } from '../bench.ts';
import { median } from '../measure/percentile.ts';
import { measureUnderLoad } from '../measure/steady-load.ts';
import { percent, ratio, rounded } from '../report/rounded.ts';
import type { ClickGeneratorResult } from './click-generator.ts';

const FULL = { bridges: [25, 100, 200], rounds: 3, windowMs: 2_000, warmUpMs: 1_000 };
const SHORT = { bridges: [25], rounds: 1, windowMs: 1_500, warmUpMs: 700 };

interface Target {
  label: string;
  module: URL;
  config: object;
}

const REFERENCE: Target = {
  label: 'bare dgram relay',
  module: new URL('./relay-server.ts', import.meta.url),
  config: {},
};

const OURS = new URL('./bridge-server.ts', import.meta.url);

const TARGETS: readonly Target[] = [
  { label: 'Offhook, both legs in one worker', module: OURS, config: { workers: 1 } },
  { label: 'Offhook, the legs in two workers', module: OURS, config: { workers: 2 } },
  REFERENCE,
];

interface Sample {
  /** Share of a core for one bridge. */
  cpuShare: number;
  /** Share of the clicks that never came to the other end. */
  loss: number;
  delayP50Ms: number;
  delayP99Ms: number;
}

/** Bridged G.711 calls: CPU per bridge, and how long a click takes from one end to the other, beside a bare relay. */
export async function bridgeBench({ short, say }: BenchOptions): Promise<BenchReport> {
  const { bridges, rounds, windowMs, warmUpMs } = short ? SHORT : FULL;
  const samples = new Map<string, Sample[]>();
  for (let round = 1; round <= rounds; round += 1)
    for (const count of bridges)
      for (const target of TARGETS) {
        const sample = await measure(target, count, windowMs, warmUpMs);
        say(
          `${target.label}, ${count} bridges: ${percent(sample.cpuShare)} of a core a bridge, ${rounded(sample.delayP50Ms)} ms`,
        );
        const key = `${target.label} ${count}`;
        samples.set(key, [...(samples.get(key) ?? []), sample]);
      }
  return {
    title: 'Bridged G.711 calls',
    about: [
      `PCMU, 50 packets a second each way and leg, two legs a bridge, from a generator in a process of its own. Medians of ${rounds} interleaved rounds of ${windowMs} ms. CPU is of the whole process. Bridges per core is what the CPU of one allows.`,
      'Delay is from the sending of a loud packet on one leg until it is heard on the other. It holds the jitter buffer (40 ms at rest, so that a packet may come late) and the wait for the next packet, up to 20 ms. Each side clicks twice a second; a click that is not heard before the next, or within 200 ms of the end, is lost. Reference: a bare node:dgram process that sends every datagram on as it came; it has no jitter buffer, codec, pacing, keys or recording.',
    ],
    tables: [tableOf(bridges, samples)],
  };
}

async function measure(server: Target, bridges: number, windowMs: number, warmUpMs: number): Promise<Sample> {
  const generator = { module: new URL('./click-generator.ts', import.meta.url), config: { bridges } };
  const { cores, answer } = await measureUnderLoad({ generator, server, warmUpMs, windowMs }, (_, sides) =>
    sides.ask<ClickGeneratorResult>('result'),
  );
  const { clicked, heard, delayP50Ms, delayP99Ms } = answer;
  return { cpuShare: cores / bridges, loss: 1 - heard / clicked, delayP50Ms, delayP99Ms };
}

function tableOf(bridges: number[], samples: Map<string, Sample[]>) {
  const middle = (target: Target, count: number, of: keyof Sample) =>
    median((samples.get(`${target.label} ${count}`) ?? []).map((sample) => sample[of]));
  const rows = bridges.flatMap((count) =>
    TARGETS.map((target) => {
      const share = middle(target, count, 'cpuShare');
      return [
        `${count} bridges: ${target.label}`,
        percent(share * count),
        percent(share),
        rounded(1 / share),
        target === REFERENCE ? '1x' : ratio(share, middle(REFERENCE, count, 'cpuShare')),
        percent(middle(target, count, 'loss')),
        rounded(middle(target, count, 'delayP50Ms')),
        rounded(middle(target, count, 'delayP99Ms')),
      ];
    }),
  );
  return {
    columns: [
      'bridges',
      'core',
      'core per bridge',
      'bridges per core',
      'to reference',
      'clicks lost',
      'delay p50 ms',
      'delay p99 ms',
    ],
    rows,
  };
}
