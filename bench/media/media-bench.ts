import { setTimeout as pause } from 'node:timers/promises';
import type { BenchOptions, BenchReport } from '../bench.ts';
import { median, percentile } from '../measure/percentile.ts';
import { measureUnderLoad } from '../measure/steady-load.ts';
import { percent, ratio, rounded } from '../report/rounded.ts';
import type { LineName } from './line.ts';
import type { MediaServerResult } from './media-server.ts';
import type { RtpGeneratorResult } from './rtp-generator.ts';
import { SERVER_PORTS } from './server-ports.ts';
import { WireTap } from './wire-tap.ts';

/** An exchange runs for days: it is measured once its code is compiled and its heap has its size, which takes some seconds. */
const FULL = { calls: [50, 60, 150, 200, 400], rounds: 3, windowMs: 3_000, warmUpMs: 4_000 };
const SHORT = { calls: [50], rounds: 1, windowMs: 1_000, warmUpMs: 500 };
/** Of G.711 without encryption. */
const PLAIN_CALLS = [50, 200, 400];
/** What one core must carry, and how much of it that may take; at most so late is a packet in a hundred sent, in milliseconds. */
const GOALS = {
  plain: { calls: 400, core: 0.5 },
  srtp: { calls: 150, core: 1 },
  opus: { calls: 60, core: 1 },
};
const JITTER_GOAL_P99_MS = 2;

interface Target {
  label: string;
  module: URL;
  config: object;
  line: LineName;
  /** With how many it is measured; unset: with each number of the plan. */
  calls?: readonly number[];
  goal?: { calls: number; core: number };
}

const REFERENCE: Target = {
  label: 'bare dgram echo',
  module: new URL('./echo-server.ts', import.meta.url),
  config: {},
  line: 'PCMU',
};

const TARGETS: readonly Target[] = [
  {
    label: 'Offhook, hears and speaks',
    module: new URL('./media-server.ts', import.meta.url),
    config: { mode: 'speaks', line: 'PCMU' },
    line: 'PCMU',
    calls: PLAIN_CALLS,
    goal: GOALS.plain,
  },
  {
    label: 'Offhook, echoes over the main thread',
    module: new URL('./media-server.ts', import.meta.url),
    config: { mode: 'echoes', line: 'PCMU' },
    line: 'PCMU',
    calls: PLAIN_CALLS,
  },
  {
    label: 'Offhook, hears and speaks over SRTP',
    module: new URL('./media-server.ts', import.meta.url),
    config: { mode: 'speaks', line: 'PCMU over SRTP' },
    line: 'PCMU over SRTP',
    calls: [50, GOALS.srtp.calls],
    goal: GOALS.srtp,
  },
  {
    label: 'Offhook, hears and speaks Opus',
    module: new URL('./media-server.ts', import.meta.url),
    config: { mode: 'speaks', line: 'Opus' },
    line: 'Opus',
    calls: [50, GOALS.opus.calls],
    goal: GOALS.opus,
  },
  REFERENCE,
];

function targetsOf(count: number): Target[] {
  return TARGETS.filter(({ calls }) => calls === undefined || calls.includes(count));
}

interface Sample {
  /** Share of a core for one call. */
  cpuShare: number;
  lossIn: number;
  lossOut: number;
  /** |time between neighbouring packets - 20 ms| as they leave. */
  sendP50Ms: number;
  sendP99Ms: number;
  sendP999Ms: number;
  /** The same as the generator sees them, which is busy itself. */
  receiverP99Ms: number;
  /** How late the worker says that it sent, since the calls began. */
  latenessP99Ms: number;
}

/** Concurrent calls in one media worker: CPU per call, loss and how evenly packets leave, beside a bare echo. */
export async function mediaBench({ short, say }: BenchOptions): Promise<BenchReport> {
  const { calls, rounds, windowMs, warmUpMs } = short ? SHORT : FULL;
  const samples = new Map<string, Sample[]>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const count of calls) {
      for (const target of targetsOf(count)) {
        const sample = await measure(target, count, windowMs, warmUpMs);
        say(`${target.label}, ${count} calls: ${percent(sample.cpuShare)} of a core a call`);
        const key = `${target.label} ${count}`;
        samples.set(key, [...(samples.get(key) ?? []), sample]);
      }
    }
  }
  return {
    title: 'Concurrent calls of one media worker',
    about: [
      `PCMU where nothing else is said, 50 packets a second each way and call, from a generator in a process of its own that sends each call at its own phase and takes the time of each packet that comes back; one media worker. Medians of ${rounds} interleaved rounds of ${windowMs} ms, each after ${warmUpMs} ms to warm up. CPU is of the whole process: worker, main thread, collector. Jitter is |time between neighbouring packets of a call - 20 ms|: as they leave, by the kernel's times of the loopback interface (tcpdump, in a window of its own behind that of the CPU), and as the generator's user space sees them, which holds its own scheduling, too.`,
      'Hears and speaks: received audio is decoded, de-jittered and handed to the main thread, while audio queued ahead of time is encoded and paced. Echoes: each frame heard is queued for sending by the main thread. SRTP is AES_CM_128_HMAC_SHA1_80 both ways; Opus is 20 kbit/s with repair of losses. Reference: a bare node:dgram process that sends every datagram back as it came; its jitter is that of what the generator sends, and its own.',
      `Goals: ${GOALS.plain.calls} calls of PCMU on half a core, their packets leaving with a jitter of at most ${JITTER_GOAL_P99_MS} ms (p99); ${GOALS.srtp.calls} calls over SRTP on a core; ${GOALS.opus.calls} calls of Opus on a core.`,
    ],
    tables: [tableOf(calls, samples)],
  };
}

async function measure(server: Target, calls: number, windowMs: number, warmUpMs: number): Promise<Sample> {
  const generator = {
    module: new URL('./rtp-generator.ts', import.meta.url),
    config: { calls, line: server.line },
  };
  let jitterMs: number[] = [];
  const observe = async () => {
    const tap = await WireTap.start(SERVER_PORTS);
    await pause(windowMs);
    jitterMs = await tap.stop();
  };
  const { cores, answer } = await measureUnderLoad(
    { generator, server, warmUpMs, windowMs, observe },
    async (exchange, callers) => ({
      heard: await exchange.ask<MediaServerResult>('result'),
      came: await callers.ask<RtpGeneratorResult>('result'),
    }),
  );
  const { heard, came } = answer;
  return {
    cpuShare: cores / calls,
    lossIn: Math.max(0, 1 - heard.received / came.sent),
    lossOut: came.lost / Math.max(1, came.received + came.lost),
    sendP50Ms: percentile(jitterMs, 0.5),
    sendP99Ms: percentile(jitterMs, 0.99),
    sendP999Ms: percentile(jitterMs, 0.999),
    receiverP99Ms: came.deviationP99Ms,
    latenessP99Ms: heard.latenessP99Ms ?? Number.NaN,
  };
}

function tableOf(calls: number[], samples: Map<string, Sample[]>) {
  const middle = (target: Target, count: number, of: keyof Sample) =>
    median((samples.get(`${target.label} ${count}`) ?? []).map((sample) => sample[of]));
  const rows = calls.flatMap((count) =>
    targetsOf(count).map((target) => {
      const share = middle(target, count, 'cpuShare');
      return [
        `${count} calls: ${target.label}`,
        percent(share * count),
        target.goal?.calls === count ? `at most ${percent(target.goal.core)}` : '',
        percent(share),
        target === REFERENCE ? '1x' : ratio(share, middle(REFERENCE, count, 'cpuShare')),
        percent(middle(target, count, 'lossIn')),
        percent(middle(target, count, 'lossOut')),
        rounded(middle(target, count, 'sendP50Ms')),
        rounded(middle(target, count, 'sendP99Ms')),
        rounded(middle(target, count, 'sendP999Ms')),
        rounded(middle(target, count, 'receiverP99Ms')),
        rounded(middle(target, count, 'latenessP99Ms')),
      ];
    }),
  );
  return {
    columns: [
      'calls',
      'core',
      'goal',
      'core per call',
      'to reference',
      'loss in',
      'loss out',
      'send jitter p50 ms',
      'p99 ms',
      'p99.9 ms',
      'at the receiver p99 ms',
      'send lateness p99 ms',
    ],
    rows,
  };
}
