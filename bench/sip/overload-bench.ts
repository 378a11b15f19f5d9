import type { BenchOptions, BenchReport } from '../bench.ts';
import { BenchProcess } from '../measure/bench-process.ts';
import { cpuMicrosecondsOf } from '../measure/process-cpu.ts';
import { rounded } from '../report/rounded.ts';
import { placeCalls, sippVersion } from './sipp.ts';
import type { WholeExchangeReady } from './whole-exchange.ts';

const HOLD_MS = 300;
/** Offered load in parts of the rated one. */
const FULL = { shares: [0.5, 1, 1.5, 2, 4], seconds: 20 };
const SHORT = { shares: [0.5, 1, 2], seconds: 6 };
/** Calls a second by which the rated load is found, and for how many seconds. */
const PROBE = { callsPerSecond: 20, seconds: 4 };
/** Of the calls that would fill one core: the rest is for what calls do besides. */
const RATED_SHARE = 0.8;
/** A state of overload lasts a little longer than its cause: the next load begins after it, in milliseconds. */
const REST_MS = 5_000;
const MICROSECONDS_PER_SECOND = 1_000_000;

/** Calls that are completed as more are offered than the exchange can take: the curve must stay flat beyond the rated load. */
export async function overloadBench({ short, say }: BenchOptions): Promise<BenchReport> {
  const plan = short ? SHORT : FULL;
  const version = await sippVersion();
  const module = new URL('./whole-exchange.ts', import.meta.url);
  const exchange = await BenchProcess.start<WholeExchangeReady>(module, {});
  try {
    const target = { port: exchange.ready.port, user: exchange.ready.quietUser, holdMs: HOLD_MS };
    await placeCalls({ ...target, ...PROBE });
    const before = await cpuMicrosecondsOf(exchange.pid);
    const probe = await placeCalls({ ...target, ...PROBE });
    const used = (await cpuMicrosecondsOf(exchange.pid)) - before;
    const perCall = used / (probe.succeeded + probe.failed);
    const rated = Math.max(1, Math.round((MICROSECONDS_PER_SECOND / perCall) * RATED_SHARE));
    say(`rated load: ${rated} calls a second at ${rounded(perCall)} us each`);
    const rows: string[][] = [];
    for (const share of plan.shares) {
      const callsPerSecond = Math.max(1, Math.round(rated * share));
      const { succeeded, failed, answerMs } = await placeCalls({
        ...target,
        callsPerSecond,
        seconds: plan.seconds,
      });
      const completed = succeeded / plan.seconds;
      say(`${share}x, ${callsPerSecond}/s offered: ${rounded(completed)}/s completed, ${failed} not`);
      rows.push([
        `${share}x`,
        String(callsPerSecond),
        rounded(completed),
        `${Math.round((succeeded / (succeeded + failed)) * 100)} %`,
        rounded(answerMs),
      ]);
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
    }
    return {
      title: 'SIP overload',
      about: [
        `Whole calls (INVITE, 180, 200, ACK, ${HOLD_MS} ms, BYE) over UDP from one ${version}, ${plan.seconds} s at each load, to the whole exchange as \`npm start\` runs it, with OFFHOOK_SOURCE_CPS raised to 100000. The rated load is ${RATED_SHARE * 100} % of the calls whose CPU fills one core. What is not completed got 503 with Retry-After, or was not through within 5 s; sipp, on the same machine, does not come back after a 503.`,
        'Goal: the calls completed at twice the rated load are no fewer than nine tenths of those at the rated load.',
      ],
      tables: [
        {
          columns: [
            'offered',
            'calls/s offered',
            'calls/s completed',
            'of those offered',
            'INVITE to 200, mean ms',
          ],
          rows,
        },
      ],
    };
  } finally {
    await exchange.stop();
  }
}
