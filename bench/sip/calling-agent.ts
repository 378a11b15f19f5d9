/** Places calls by our own stack, in a process of its own: for TLS, which sipp does not speak. */
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { createUserAgent, type UserAgent } from '../../src/sip/index.ts';
import { CA } from '../../test/support/test-certificate.ts';
import { type Served, serveParent } from '../measure/serve-parent.ts';
import { SESSION_DESCRIPTION } from './session-description.ts';
import type { CallLoad, CallLoadResult } from './sipp.ts';

/** Calls are placed in bunches this far apart, in milliseconds: a timer per call would cost more than the calls. */
const BUNCH_MS = 5;

async function start(): Promise<Served> {
  const agent = createUserAgent({
    bindAddress: '127.0.0.1',
    port: 0,
    ca: CA,
    clock: systemClock,
    logger: createLogger('warn'),
    handlers: { admit: () => 'drop', onInvite: (session) => session.reject(486) },
  });
  await agent.start();
  return {
    ready: {},
    questions: { place: (load: CallLoad) => place(agent, load) },
    close: () => agent.close(),
  };
}

async function place(agent: UserAgent, load: CallLoad): Promise<CallLoadResult> {
  const count = Math.round(load.callsPerSecond * load.seconds);
  const startedAt = performance.now();
  const calls: Promise<number | undefined>[] = [];
  while (calls.length < count) {
    const due = ((performance.now() - startedAt) / 1_000) * load.callsPerSecond;
    while (calls.length < Math.min(count, due)) calls.push(call(agent, load));
    await delay(BUNCH_MS);
  }
  const answers = (await Promise.all(calls)).filter((answerMs) => answerMs !== undefined);
  return {
    succeeded: answers.length,
    failed: count - answers.length,
    retransmissions: 0,
    answerMs: answers.reduce((sum, answerMs) => sum + answerMs, 0) / answers.length,
  };
}

/** @returns milliseconds from the INVITE to its 200; undefined where anything of the call did not come. */
async function call(agent: UserAgent, { port, user, holdMs }: CallLoad): Promise<number | undefined> {
  const placedAt = performance.now();
  const session = agent.invite({
    uri: `sip:${user}@127.0.0.1:${port};transport=tls`,
    from: { uri: 'sip:+15551230000@127.0.0.1', displayName: 'Bench Caller' },
    sdp: SESSION_DESCRIPTION,
  });
  try {
    await session.answered;
  } catch {
    return undefined; // counted as failed
  }
  const answerMs = performance.now() - placedAt;
  await delay(holdMs);
  await session.bye();
  return session.end?.by === 'us' ? answerMs : undefined;
}

await serveParent(start);
