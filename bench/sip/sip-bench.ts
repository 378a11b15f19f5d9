import type { BenchOptions, BenchReport } from '../bench.ts';
import { BenchProcess } from '../measure/bench-process.ts';
import { ACCOUNT, type AnsweringAgentReady, LOCKED_USER } from './answering-agent-facts.ts';
import { compare, type Plan, type Target } from './compare-targets.ts';
import { startKamailioUas } from './kamailio.ts';
import { type CallLoad, type CallLoadResult, placeCalls, sippVersion, startSippUas } from './sipp.ts';
import type { WholeExchangeReady } from './whole-exchange.ts';

const HOLD_MS = 300;
/** The rate of our goal, and those around it. */
const GOAL_RATE = 1_000;
const FULL = {
  udpRates: [200, GOAL_RATE, 2_000, 4_000],
  otherRates: [GOAL_RATE, 2_000],
  exchangeRates: [10, 25, 50],
  rounds: 3,
  seconds: 4,
};
const SHORT = { udpRates: [200], otherRates: [200], exchangeRates: [10], rounds: 1, seconds: 1 };
/** Calls a second and seconds that let the compiler see the hot code before anything is measured. */
const WARM_UP = { callsPerSecond: 1000, seconds: 5 };
const EXCHANGE_WARM_UP = { callsPerSecond: 25, seconds: 2 };
/** Of the stack, in the run of the goal's rate. */
const GOAL_TO_KAMAILIO = 1.5;

/** Calls set up per second and CPU per call: the stack alone by each transport, then the whole exchange, beside sipp and Kamailio. */
export async function sipBench({ short, say }: BenchOptions): Promise<BenchReport> {
  const plan = short ? SHORT : FULL;
  const version = await sippVersion();
  await using opened = new AsyncDisposableStack();
  const reference = async (transport: 'udp' | 'tcp'): Promise<Target> => {
    const sipp = await startSippUas(transport);
    opened.defer(() => sipp.stop());
    return {
      ...sipp,
      label: `${version} -sn uas (C, keeps no transactions)`,
      place: bySipp({ transport }, sipp.port),
    };
  };
  const sipp = await reference('udp');
  say('the stack alone');
  const stack = await measureStack({ udp: sipp, tcp: await reference('tcp') }, plan, say);
  say('the whole exchange');
  const exchange = await measureExchange(sipp, plan, say);
  return {
    title: 'SIP calls',
    about: [
      `Whole calls (INVITE, 180, 200, ACK, ${HOLD_MS} ms, BYE) from one ${version} with bench/sip/call.xml, ${plan.seconds} s at each rate; over TCP on one connection, over TLS from our own stack in a process of its own, as sipp speaks no TLS. Medians of ${plan.rounds} interleaved rounds. CPU is of the answering process with all its threads and children, at rest too: sipp polls without calls, so that at low rates most of its figure is polling; a call counts as failed when any message of it did not come.`,
      `Stack alone: src/sip with an owner that answers every INVITE at once with a fixed session description. No media. Kamailio 5.6 does the same from its request_route by tm, with one process for the transport. With digest: each call is challenged once, and comes again with its credentials. Goal: ${GOAL_RATE} calls a second on one core, none failed, for at most ${GOAL_TO_KAMAILIO} times the CPU of Kamailio.`,
      'Whole exchange: started as by `npm start` with OFFHOOK_SOURCE_CPS raised to 100000 (one address may otherwise place 150 calls a second): number looked up, agent routed, RTP session opened, ears opened, call record, timeline and recording written.',
    ],
    tables: [...stack, exchange],
  };
}

/** Places calls by sipp. */
function bySipp(how: Pick<CallLoad, 'transport' | 'account'>, port: number, user = 'bench'): Target['place'] {
  return (rate) => placeCalls({ ...how, ...rate, port, user, holdMs: HOLD_MS });
}

async function measureStack(
  sipp: Record<'udp' | 'tcp', Target>,
  plan: Plan & Pick<typeof FULL, 'udpRates' | 'otherRates'>,
  say: (line: string) => void,
) {
  await using opened = new AsyncDisposableStack();
  const start = async <Ready>(module: URL) => {
    const started = await BenchProcess.start<Ready>(module, {});
    opened.defer(() => started.stop());
    return started;
  };
  const kamailio = await startKamailioUas();
  opened.defer(kamailio.stop);
  const kamailioBy = (transport: 'udp' | 'tcp'): Target => ({
    pid: kamailio.pid,
    label: `Kamailio tm, ${transport.toUpperCase()}`,
    place: bySipp({ transport }, kamailio.port),
  });
  const agent = await start<AnsweringAgentReady>(new URL('./answering-agent.ts', import.meta.url));
  const caller = await start<object>(new URL('./calling-agent.ts', import.meta.url));
  const { pid, ready } = agent;
  const { port, tlsPort } = ready;
  const ours = (label: string, place: Target['place']): Target => ({
    label: `Offhook, stack alone, ${label}`,
    pid,
    place,
  });
  const udp = ours('UDP', bySipp({}, port));
  const tcp = ours('TCP', bySipp({ transport: 'tcp' }, port));
  const digest = ours('UDP with digest', bySipp({ account: ACCOUNT }, port, LOCKED_USER));
  const tls = ours('TLS', (rate) => {
    const load: CallLoad = { ...rate, port: tlsPort, user: 'bench', holdMs: HOLD_MS };
    return caller.ask<CallLoadResult>('place', load);
  });
  for (const target of [udp, tcp, digest, tls]) await target.place(WARM_UP);
  const overUdp = await compare([udp, digest, sipp.udp, kamailioBy('udp')], plan.udpRates, plan, say);
  const overTcp = await compare([tcp, tls, sipp.tcp, kamailioBy('tcp')], plan.otherRates, plan, say);
  say(`${await agent.ask<number>('unacknowledged')} of our answers got no ACK`);
  return [overUdp, overTcp];
}

async function measureExchange(
  sipp: Target,
  plan: Plan & Pick<typeof FULL, 'exchangeRates'>,
  say: (line: string) => void,
) {
  const module = new URL('./whole-exchange.ts', import.meta.url);
  const exchange = await BenchProcess.start<WholeExchangeReady>(module, {});
  try {
    const { port, quietUser, greetingUser } = exchange.ready;
    const { pid } = exchange;
    const quiet = { label: 'Offhook, agent waits for the caller', pid, place: bySipp({}, port, quietUser) };
    const greeting = { label: 'Offhook, agent greets (flite)', pid, place: bySipp({}, port, greetingUser) };
    await quiet.place(EXCHANGE_WARM_UP);
    return await compare([quiet, greeting, sipp], plan.exchangeRates, { ...plan, rounds: 1 }, say);
  } finally {
    await exchange.stop();
  }
}
