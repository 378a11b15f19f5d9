import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { createUserAgent } from '../../src/sip/index.ts';
import type { Bench } from '../bench.ts';
import { BenchProcess } from '../measure/bench-process.ts';
import { percentile } from '../measure/percentile.ts';
import { ratio, rounded } from '../report/rounded.ts';
import type { RoutingServerReady } from './routing-server.ts';

const NUMBERS = [1_000, 1_000_000];
/** What a busy office places; the whole exchange answers far more (see the SIP bench). */
const CALLS_PER_SECOND = 25;
const SECONDS = { short: 4, full: 40 };
const WARM_UP_CALLS = 50;

const OFFER = [
  'v=0',
  'o=bench 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 9 RTP/AVP 0',
  '',
].join('\r\n');

/** INVITE to the decision who answers, with few and with many numbers stored; the number is bound to an agent. */
export const routingBench: Bench = async ({ short, say }) => {
  const seconds = short ? SECONDS.short : SECONDS.full;
  const rows: string[][] = [];
  for (const numbers of NUMBERS) {
    const module = new URL('./routing-server.ts', import.meta.url);
    const exchange = await BenchProcess.start<RoutingServerReady>(module, { numbers });
    try {
      const { port, seedMs } = exchange.ready;
      say(`${numbers.toLocaleString('en')} numbers stored in ${(seedMs / 1000).toFixed(1)} s`);
      await placeCalls(port, numbers, WARM_UP_CALLS);
      await exchange.ask('routed');
      const answeredMs = await placeCalls(port, numbers, CALLS_PER_SECOND * seconds);
      const routedMs = await exchange.ask<number[]>('routed');
      const bareMs = await exchange.ask<number[]>('readBare', { reads: routedMs.length });
      const label = `${numbers.toLocaleString('en')} numbers`;
      rows.push(
        rowOf(`${label}: INVITE to agent chosen`, routedMs, bareMs),
        rowOf(`${label}: INVITE to 200, at the caller`, answeredMs, bareMs),
        rowOf(`${label}: two bare reads of SQLite`, bareMs, bareMs),
      );
    } finally {
      await exchange.stop();
    }
  }
  return {
    title: 'Routing',
    about: [
      `Calls over UDP, ${CALLS_PER_SECOND} a second for ${seconds} s, each to another of the stored numbers, all of them bound to one stored agent. The exchange is started as by \`npm start\`, store and all; media ports are opened, call records are written. Goal: p99 under 5 ms from the INVITE to the decision which agent answers, with 1,000,000 numbers.`,
      'Reference: the two reads by index that no exchange over this file can do without, on the calling thread, without SIP, records or any other call.',
    ],
    tables: [{ columns: ['what', 'calls', 'p50 ms', 'p99 ms', 'p50 to reference'], rows }],
  };
};

function rowOf(label: string, values: number[], reference: number[]): string[] {
  const p50 = percentile(values, 0.5);
  return [
    label,
    values.length.toLocaleString('en'),
    rounded(p50),
    rounded(percentile(values, 0.99)),
    ratio(p50, percentile(reference, 0.5)),
  ];
}

/** Places calls at the rate, each hung up once it is answered. @returns milliseconds from INVITE to 200. */
async function placeCalls(port: number, numbers: number, count: number): Promise<number[]> {
  const userAgent = createUserAgent({
    bindAddress: '127.0.0.1',
    port: 0,
    clock: systemClock,
    logger: silentLogger,
    handlers: { onInvite: (session) => session.reject(486), admit: () => 'accept' },
  });
  await userAgent.start();
  const answeredMs: number[] = [];
  const calls: Promise<void>[] = [];
  try {
    for (let call = 0; call < count; call += 1) {
      const user = `line-${Math.floor(Math.random() * numbers)}`;
      calls.push(oneCall(`sip:${user}@127.0.0.1:${port}`));
      await sleep(1000 / CALLS_PER_SECOND);
    }
    await Promise.all(calls);
    return answeredMs;
  } finally {
    await userAgent.close();
  }

  async function oneCall(uri: string): Promise<void> {
    const startedAt = performance.now();
    const session = userAgent.invite({ uri, from: { uri: 'sip:bench@127.0.0.1' }, sdp: OFFER });
    await session.answered;
    answeredMs.push(performance.now() - startedAt);
    await session.bye();
  }
}
