/** N callers in a process of their own, which owns the clock. */

import { type Served, serveParent } from '../measure/serve-parent.ts';
import { FRAME_MS } from '../media/rtp-packet.ts';
import { Caller } from './caller.ts';

export interface CallerProcessConfig {
  calls: number;
}

export interface CallerProcessReady {
  ports: number[];
}

export interface CallerProcessResult {
  answersMs: number[];
  unanswered: number;
}

/** First sentences are spread over so long (milliseconds), so that not all callers ask at once. */
const SPREAD_MS = 800;

async function start({ calls: count }: CallerProcessConfig): Promise<Served> {
  const callers: Caller[] = [];
  for (let index = 0; index < count; index += 1) callers.push(await Caller.open(index));
  let pacer: NodeJS.Timeout | undefined;
  return {
    ready: {
      ports: callers.map((caller) => caller.port),
    } satisfies CallerProcessReady,
    questions: {
      async begin({ ports }: { ports: number[] }) {
        for (const [index, caller] of callers.entries()) await caller.connect(ports[index] as number);
        const now = performance.now();
        for (const [index, caller] of callers.entries()) {
          const share = index / callers.length;
          caller.begin(now + share * FRAME_MS, now + share * SPREAD_MS);
        }
        pacer = setInterval(() => {
          const at = performance.now();
          for (const caller of callers) caller.tick(at);
        }, 1);
      },
      measure() {
        for (const caller of callers) caller.measuring = true;
      },
      result: () =>
        ({
          answersMs: callers.flatMap((caller) => caller.answersMs),
          unanswered: callers.reduce((total, caller) => total + caller.unanswered, 0),
        }) satisfies CallerProcessResult,
    },
    close() {
      clearInterval(pacer);
      for (const caller of callers) caller.close();
    },
  };
}

await serveParent(start);
