import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  Agent,
  ConversationDials,
  StartSpeakingPlan,
  StopSpeakingPlan,
} from '../../src/domain/agents/agent.ts';
import { FakeClock } from '../../src/lib/fake-clock.ts';
import type { TurnEventInput } from '../../src/voice/turn/turn-contract.ts';
import { type TurnDecision, TurnDriver } from '../../src/voice/turn/turn-driver.ts';
import { turnPlanOf } from '../../src/voice/turn/turn-plan.ts';

interface Plan {
  dials?: ConversationDials;
  start?: StartSpeakingPlan;
  stop?: StopSpeakingPlan;
  silenceTimeoutSeconds?: number;
}
type Mark = [atMs: number, ...inputs: (TurnEventInput | Say)[]];
/** A run of voice that ends `forMs` later; the stop is told 200 ms after it. */
type Say = { say: number };

const ORIGIN = 1_000_000;

/** Plays a timeline to the policy and writes down what it decides and when. */
function play(plan: Plan, marks: Mark[], untilMs = 8000): string[] {
  const clock = new FakeClock(ORIGIN);
  const log: string[] = [];
  const agent: Agent = {
    id: 'a',
    orgId: 'o',
    extras: {},
    createdAt: 0,
    updatedAt: 0,
    silenceTimeoutSeconds: plan.silenceTimeoutSeconds ?? 600,
    ...(plan.dials ? { dials: plan.dials } : {}),
    ...(plan.start ? { startSpeakingPlan: plan.start } : {}),
    ...(plan.stop ? { stopSpeakingPlan: plan.stop } : {}),
  };
  const note = (decision: TurnDecision) => log.push(`${clock.now() - ORIGIN} ${describe(decision)}`);
  const driver = new TurnDriver(
    turnPlanOf(agent, (refused) => log.push(refused.code)),
    clock,
    note,
  );
  for (const [at, ...inputs] of marks) {
    for (const input of inputs) {
      if ('say' in input) scheduleVoice(clock, driver, at, input.say);
      else clock.setTimeout(() => driver.put(absolute(input)), at);
    }
  }
  clock.advance(untilMs);
  driver.close();
  assert.equal(clock.pendingCount, 0, 'no timer outlives the driver');
  return log;
}

function scheduleVoice(clock: FakeClock, driver: TurnDriver, at: number, forMs: number): void {
  const later = (delayMs: number, input: TurnEventInput) =>
    clock.setTimeout(() => driver.put(absolute(input)), delayMs);
  later(at + 60, { type: 'speech-started', at });
  for (let ms = 60; ms <= forMs; ms += 20)
    later(at + ms, { type: 'speech-heard', at: at + ms - 20, voicedMs: ms });
  later(at + forMs + 200, { type: 'speech-stopped', at: at + forMs });
}

function absolute(input: TurnEventInput): TurnEventInput {
  return 'at' in input ? { ...input, at: input.at + ORIGIN } : input;
}

function describe(decision: TurnDecision): string {
  switch (decision.type) {
    case 'commit': {
      const { text, keys, notBefore, startedAt, endedAt } = decision.turn;
      const spoken = text === '' ? '' : ` "${text}" ${startedAt - ORIGIN}-${endedAt - ORIGIN}`;
      return `commit${spoken}${keys.map((key) => ` [${key}]`).join('')} not before ${notBefore - ORIGIN}`;
    }
    case 'interrupt':
      return `interrupt at ${decision.at - ORIGIN}${decision.audible ? '' : ' unheard'}`;
    case 'acknowledged':
      return `acknowledged "${decision.turn.text}"`;
    default:
      return decision.type;
  }
}

export const partial = (text: string): TurnEventInput => ({ type: 'transcript', text, isFinal: false });
export const final = (text: string, endOfTurn = false): TurnEventInput => ({
  type: 'transcript',
  text,
  isFinal: true,
  endOfTurn,
});
export const agentSpeaks = (interruptible = true): TurnEventInput[] => [
  { type: 'agent-began', interruptible },
  { type: 'agent-audible' },
];
export const agentDone: TurnEventInput = { type: 'agent-finished' };

/** A test of what the policy decides along a timeline; instants in milliseconds after its start. */
export function timeline(
  name: string,
  plan: Plan,
  marks: Mark[],
  expected: string[],
  untilMs?: number,
): void {
  test(`turn policy: ${name}`, () => assert.deepEqual(play(plan, marks, untilMs), expected));
}
