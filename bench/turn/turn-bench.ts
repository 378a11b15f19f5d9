import type { BenchOptions, BenchReport } from '../bench.ts';
import { BenchProcess } from '../measure/bench-process.ts';
import { median, percentile } from '../measure/percentile.ts';
import { percent, rounded } from '../report/rounded.ts';
import type { Table } from '../report/table.ts';
import type { CallerProcessReady, CallerProcessResult } from './caller-process.ts';
import { END_OF_TURN_FRAMES } from './energy-transcriber.ts';
import type { VoiceServerResult } from './voice-server.ts';

/** Silent frames after which the speech gate is sure that speech has stopped, in milliseconds. */
const SPEECH_GATE_MS = 200;
const ON_PUNCTUATION_MS = 100;
const FRAME_MS = 20;
const WARM_UP_MS = 1_500;
/** One call has few turns a second: it gets more time. */
const FULL = [
  { calls: 1, measureMs: 12_000 },
  { calls: 10, measureMs: 6_000 },
  { calls: 50, measureMs: 5_000 },
];
const SHORT = [{ calls: 2, measureMs: 2_500 }];

interface Target {
  label: string;
  module: URL;
  config: object;
  waitMs: number;
}

const voiceServer = new URL('./voice-server.ts', import.meta.url);
const vadWaitMs = SPEECH_GATE_MS + ON_PUNCTUATION_MS;

const TARGETS: readonly Target[] = [
  {
    label: 'Offhook, turn ended by own VAD',
    module: voiceServer,
    config: { endpointing: 'vad', onPunctuationMs: ON_PUNCTUATION_MS },
    waitMs: vadWaitMs,
  },
  {
    label: 'Offhook, turn ended by the provider',
    module: voiceServer,
    config: { endpointing: 'provider', onPunctuationMs: ON_PUNCTUATION_MS },
    waitMs: END_OF_TURN_FRAMES * FRAME_MS,
  },
  {
    label: 'bare dgram and setTimeout',
    module: new URL('./plain-responder.ts', import.meta.url),
    config: { waitMs: vadWaitMs },
    waitMs: vadWaitMs,
  },
];

interface Measured extends CallerProcessResult, VoiceServerResult {
  target: Target;
  calls: number;
  /** Share of a core for one call. */
  cpuShare: number;
}

/** What the platform alone adds to an answer: everything but the providers, which are fakes without delay. */
export async function turnBench({ short, say }: BenchOptions): Promise<BenchReport> {
  const measured: Measured[] = [];
  for (const { calls, measureMs } of short ? SHORT : FULL) {
    for (const target of TARGETS) {
      const result = await measure(target, calls, measureMs);
      say(`${target.label}, ${calls} calls: ${result.answersMs.length} turns`);
      measured.push(result);
    }
  }
  return {
    title: 'Turn latency of the platform',
    about: [
      `From the last voiced packet that the caller sends to the first voiced packet that it receives, on the caller's own clock and bare sockets; real RTP, media worker, jitter buffer, voice engine and turn policy; transcriber, brain and voice are fakes without delay. Added is what was measured less the configured wait: with our own VAD ${SPEECH_GATE_MS} ms of silence until it is sure and ${ON_PUNCTUATION_MS} ms onPunctuationSeconds (waitSeconds 0); with the provider the ${END_OF_TURN_FRAMES * FRAME_MS} ms of silence after which it says end of turn.`,
      'Reference: a bare node:dgram process that answers by setTimeout, without jitter buffer, codec or 20 ms pacing: the floor of the harness. Stages are medians of the engine’s own account, counted like its clock from the last voiced frame that left the jitter buffer.',
    ],
    tables: [latencyTable(measured), stageTable(measured)],
  };
}

async function measure(target: Target, calls: number, measureMs: number): Promise<Measured> {
  await using opened = new AsyncDisposableStack();
  const callers = await BenchProcess.start<CallerProcessReady>(
    new URL('./caller-process.ts', import.meta.url),
    { calls },
  );
  opened.defer(() => callers.stop());
  const server = await BenchProcess.start<object>(target.module, target.config);
  opened.defer(() => server.stop());
  const ports = await server.ask<number[]>('open', { remotePorts: callers.ready.ports });
  await callers.ask('begin', { ports });
  await pause(WARM_UP_MS);
  await Promise.all([callers.ask('measure'), server.ask('measure')]);
  const startedAt = performance.now();
  const before = await server.cpuMicroseconds();
  await pause(measureMs);
  const used = (await server.cpuMicroseconds()) - before;
  const elapsedMs = performance.now() - startedAt;
  const heard = await callers.ask<CallerProcessResult>('result');
  const served = await server.ask<VoiceServerResult>('result');
  return { target, calls, cpuShare: used / 1000 / elapsedMs / calls, ...heard, ...served };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function latencyTable(measured: Measured[]): Table {
  const rows = measured.map(({ target, calls, answersMs, unanswered, cpuShare, lagP99Ms, lagMaxMs }) => {
    const added = answersMs.map((answerMs) => answerMs - target.waitMs);
    return [
      `${calls} ${calls === 1 ? 'call' : 'calls'}: ${target.label}`,
      `${added.length} / ${unanswered}`,
      rounded(median(answersMs)),
      rounded(median(added)),
      rounded(percentile(added, 0.95)),
      rounded(percentile(added, 1)),
      rounded(lagP99Ms),
      rounded(lagMaxMs),
      percent(cpuShare),
    ];
  });
  return {
    columns: [
      'calls',
      'turns / unanswered',
      'measured p50 ms',
      'added p50 ms',
      'added p95 ms',
      'added max ms',
      'loop lag p99 ms',
      'max ms',
      'core per call',
    ],
    rows,
  };
}

function stageTable(measured: Measured[]): Table {
  const stages = [
    'transcriptMs',
    'commitMs',
    'brainFirstTokenMs',
    'voiceFirstAudioMs',
    'rtpFirstPacketMs',
  ] as const;
  const rows = measured
    .filter(({ turns }) => turns.length > 0)
    .map(({ target, calls, turns }) => [
      `${calls} ${calls === 1 ? 'call' : 'calls'}: ${target.label}`,
      ...stages.map((stage) => rounded(median(turns.flatMap((turn) => turn[stage] ?? [])))),
    ]);
  return {
    columns: [
      'stage, p50 ms',
      'transcript',
      'commit',
      'brain first token',
      'voice first audio',
      'RTP first packet',
    ],
    rows,
  };
}
