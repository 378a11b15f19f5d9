import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { createUserAgent, type InviteServerSession, type UserAgent } from '../../src/sip/index.ts';
import type { BenchOptions, BenchReport } from '../bench.ts';
import { BenchProcess } from '../measure/bench-process.ts';
import { percentile } from '../measure/percentile.ts';
import { ratio, rounded } from '../report/rounded.ts';
import { JoinLine } from './join-line.ts';
import type { JoinServerReady } from './join-server.ts';

/** Calls at a time, each to an operator of its own, and how often each operator is called. */
const OPERATORS = 5;
const ROUNDS = { short: 3, full: 40 };
/** From the beginning of one call to the next of a round. Milliseconds. */
const STAGGER_MS = 37;
/** How long an operator lets it ring, and how much longer at most, so that answers keep no step with the frames. */
const RING_MS = 100;
const RING_SPREAD_MS = 40;
/** Longest wait until the two hear each other. Milliseconds. */
const PATIENCE_MS = 5_000;

const HOST = '127.0.0.1';

/** Milliseconds from the operator's 200 until the first audio of one is heard by the other. */
interface Join {
  callerHeardMs: number;
  operatorHeardMs: number;
}

/** What a bridge says beside its own figures. */
export type JoinReport = Pick<BenchReport, 'about' | 'tables'>;

/** How long callers and operators wait for each other's voices once the operator has answered. */
export async function joinBench({ short, say }: BenchOptions): Promise<JoinReport> {
  await using opened = new AsyncDisposableStack();
  const waiting = new Map<string, (session: InviteServerSession) => void>();
  const callers = await openAgent(opened, (session) => session.reject(486));
  const operators = await openAgent(opened, (session) =>
    waiting.get(session.request.uri.user ?? '')?.(session),
  );
  const names = Array.from({ length: OPERATORS }, (_, index) => `operator-${index}`);
  const uris = names.map((name) => `sip:${name}@${HOST}:${operators.udpPort}`);
  const module = new URL('./join-server.ts', import.meta.url);
  const exchange = await BenchProcess.start<JoinServerReady>(module, { operators: uris });
  opened.defer(() => exchange.stop());
  const { port, users } = exchange.ready;
  const own = (way: 'hook' | 'agent', operator: number) => `sip:${users[way][operator]}@${HOST}:${port}`;
  const transfer = (operator: number) => exchange.ask<void>('transfer', { operator });

  const ways: { label: string; uri(operator: number): string; begin?(operator: number): Promise<void> }[] = [
    { label: 'Offhook, caller not answered before (hook)', uri: (operator) => own('hook', operator) },
    {
      label: 'Offhook, caller with an agent (transfer)',
      uri: (operator) => own('agent', operator),
      begin: transfer,
    },
    { label: 'bare: the caller calls the operator', uri: (operator) => uris[operator] as string },
  ];
  const rounds = short ? ROUNDS.short : ROUNDS.full;
  const joins = new Map<string, Join[]>(ways.map(({ label }) => [label, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const { label, uri, begin } of ways)
      joins.get(label)?.push(
        ...(await Promise.all(
          names.map(async (name, operator) => {
            await sleep(operator * STAGGER_MS);
            const atOperator = new Promise<InviteServerSession>((resolve) => waiting.set(name, resolve));
            return joinOf(callers, uri(operator), atOperator, () => begin?.(operator));
          }),
        )),
      );
  for (const { label } of ways) say(`${label}: ${joins.get(label)?.length} calls joined`);
  const bare = joins.get(ways.at(-1)?.label ?? '') ?? [];
  return {
    about: [
      `Joining: from the moment when the operator's telephone sends its 200 until the first packet with the caller's voice reaches it, and until the first with the operator's voice reaches the caller. ${OPERATORS} calls at a time over UDP through an exchange started as by \`npm start\`, ${rounds} rounds, interleaved; both telephones speak from the 200 on. It holds the 200 and its ACK, the end of what the caller waits to, the jitter buffer and the wait for the next packet, and, where the caller was not answered before, his own 200. Reference: the same two telephones without an exchange.`,
    ],
    tables: [
      {
        columns: [
          'joined after the 200',
          'calls',
          'operator hears caller p50 ms',
          'p99 ms',
          'caller hears operator p50 ms',
          'p99 ms',
          'p50 to reference',
        ],
        rows: ways.map(({ label }) => rowOf(label, joins.get(label) ?? [], bare)),
      },
    ],
  };
}

async function openAgent(
  opened: AsyncDisposableStack,
  onInvite: (session: InviteServerSession) => void,
): Promise<UserAgent> {
  const userAgent = createUserAgent({
    bindAddress: HOST,
    port: 0,
    clock: systemClock,
    logger: silentLogger,
    handlers: { onInvite, admit: () => 'accept' },
  });
  await userAgent.start();
  opened.defer(() => userAgent.close());
  return userAgent;
}

/** One call, from its INVITE to its BYE. @param begin has the caller brought to the operator, once he is answered. */
async function joinOf(
  callers: UserAgent,
  uri: string,
  atOperator: Promise<InviteServerSession>,
  begin: () => Promise<void> | undefined,
): Promise<Join> {
  using lines = new DisposableStack();
  const [caller, operator] = await Promise.all([JoinLine.open('caller', 0), JoinLine.open('operator', 1)]);
  lines.defer(() => caller.close());
  lines.defer(() => operator.close());
  const session = callers.invite({
    uri,
    from: { uri: `sip:bench@${HOST}` },
    sdp: descriptionOf(caller.port),
  });
  const called = session.answered.then(async () => {
    await caller.connect(portIn(session.remoteDescription));
    await begin();
  });
  const reached = await within(Promise.race([atOperator, called.then(() => atOperator)]));
  reached.ring();
  await sleep(RING_MS + Math.random() * RING_SPREAD_MS);
  await operator.connect(portIn(reached.offer));
  caller.speak();
  operator.speak();
  const answeredAt = performance.now();
  const accepted = reached.accept(descriptionOf(operator.port));
  const [callerAt, operatorAt] = await within(Promise.all([caller.heard, operator.heard, accepted, called]));
  const left = new Promise<void>((resolve) => {
    if (reached.end) resolve();
    else reached.ended.on(() => resolve());
  });
  await session.bye();
  await within(left);
  return { callerHeardMs: callerAt - answeredAt, operatorHeardMs: operatorAt - answeredAt };
}

function descriptionOf(port: number): string {
  return [
    'v=0',
    `o=- 1 1 IN IP4 ${HOST}`,
    's=-',
    `c=IN IP4 ${HOST}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 0`,
    'a=ptime:20',
    '',
  ].join('\r\n');
}

function portIn(description: string | undefined): number {
  const port = description?.match(/^m=audio (\d+) /m)?.[1];
  if (port === undefined) throw new Error('a session description without audio');
  return Number(port);
}

async function within<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('two telephones did not reach each other')), PATIENCE_MS);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function rowOf(label: string, joins: readonly Join[], bare: readonly Join[]): string[] {
  const at = (share: number, of: keyof Join, some = joins) =>
    percentile(
      some.map((join) => join[of]),
      share,
    );
  return [
    label,
    String(joins.length),
    rounded(at(0.5, 'operatorHeardMs')),
    rounded(at(0.99, 'operatorHeardMs')),
    rounded(at(0.5, 'callerHeardMs')),
    rounded(at(0.99, 'callerHeardMs')),
    ratio(at(0.5, 'callerHeardMs'), at(0.5, 'callerHeardMs', bare)),
  ];
}
