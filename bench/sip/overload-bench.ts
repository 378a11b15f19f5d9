import type { BenchOptions, BenchReport } from '../bench.ts';
import { BenchProcess } from '../measure/bench-process.ts';
import { rounded } from '../report/rounded.ts';
import { type CallLoad, placeCalls, sippVersion } from './sipp.ts';
import type { WholeExchangeReady } from './whole-exchange.ts';

const HOLD_MS = 300;
/**
 * Offered load in parts of the rated one. That is looked for over as many seconds as each load is then offered for: what is
 * borne for ten seconds, as work piles up behind it, is not for twenty.
 */
const FULL = { shares: [0.5, 1, 1.5, 2, 3], seconds: 20 };
const SHORT = { shares: [0.5, 1, 2], seconds: 4 };
/** The load that the search begins with, in calls a second. */
const SEARCH_FROM = 100;
/** Calls that let the compiler see the hot code before the rated load is looked for. */
const WARM_UP = { callsPerSecond: 25, seconds: 4 };
/** Each load that is tried is so many times the one before it. */
const STEP = 1.25;
/** Part of the calls that may miss at a load that is still borne. */
const MISSES_BORNE = 0.001;
/** What sipp can place is bounded, too: nothing beyond is looked for. Calls a second. */
const SEARCH_LIMIT = 2_000;
/** A state of overload lasts a little longer than its cause: the next load begins after it, in milliseconds. */
const REST_MS = 5_000;

/** Calls that are completed as more are offered than the exchange can take: the curve must stay flat beyond the rated load. */
export async function overloadBench({ short, say }: BenchOptions): Promise<BenchReport> {
  const plan = short ? SHORT : FULL;
  const version = await sippVersion();
  const module = new URL('./whole-exchange.ts', import.meta.url);
  const exchange = await BenchProcess.start<WholeExchangeReady>(module, {});
  try {
    const target = { port: exchange.ready.port, user: exchange.ready.quietUser, holdMs: HOLD_MS };
    await placeCalls({ ...target, ...WARM_UP });
    const rated = await ratedLoad(target, plan.seconds, say);
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
      await rest();
    }
    return {
      title: 'SIP overload',
      about: [
        `Whole calls (INVITE, 180, 200, ACK, ${HOLD_MS} ms, BYE) over UDP from one ${version}, ${plan.seconds} s at each load, to the whole exchange as \`npm start\` runs it, with OFFHOOK_SOURCE_CPS raised to 100000. The rated load is the last one, in steps of ${STEP}, of whose calls no more than ${MISSES_BORNE * 100} % miss in the same time. What is not completed got 503 with Retry-After, or was not through within 5 s; sipp, on the same machine, does not come back after a 503.`,
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

/** The highest load that is borne, in calls a second; the first that is not ends the search. */
async function ratedLoad(
  target: Omit<CallLoad, 'callsPerSecond' | 'seconds'>,
  seconds: number,
  say: (line: string) => void,
): Promise<number> {
  let borne: number | undefined;
  for (let load = SEARCH_FROM; load <= SEARCH_LIMIT; load = Math.round(load * STEP)) {
    const { succeeded, failed } = await placeCalls({ ...target, callsPerSecond: load, seconds });
    say(`${load}/s: ${succeeded} completed, ${failed} not`);
    await rest();
    if (failed > MISSES_BORNE * (succeeded + failed)) break;
    borne = load;
  }
  if (borne === undefined) throw new Error(`not even ${SEARCH_FROM} calls a second are borne`);
  return borne;
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, REST_MS));
}
