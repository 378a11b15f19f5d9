import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Agent, StartSpeakingPlan, StopSpeakingPlan } from '../../domain/agents/agent.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import type { TurnEventInput } from './turn-contract.ts';
import { type TurnDecision, TurnDriver } from './turn-driver.ts';
import { turnPlanOf } from './turn-plan.ts';

interface Plan {
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

const partial = (text: string): TurnEventInput => ({ type: 'transcript', text, isFinal: false });
const final = (text: string, endOfTurn = false): TurnEventInput => ({
  type: 'transcript',
  text,
  isFinal: true,
  endOfTurn,
});
const agentSpeaks = (interruptible = true): TurnEventInput[] => [
  { type: 'agent-began', interruptible },
  { type: 'agent-audible' },
];
const agentDone: TurnEventInput = { type: 'agent-finished' };

function timeline(name: string, plan: Plan, marks: Mark[], expected: string[], untilMs?: number): void {
  test(`turn policy: ${name}`, () => assert.deepEqual(play(plan, marks, untilMs), expected));
}

timeline(
  'punctuation ends a turn after 0.1 s',
  {},
  [
    [0, { say: 1000 }],
    [1300, final('Hello there.')],
  ],
  ['1400 commit "Hello there." 0-1000 not before 1800'],
);
timeline(
  'text without punctuation waits 1.5 s',
  {},
  [
    [0, { say: 1000 }],
    [1300, final('hello there')],
  ],
  ['2800 commit "hello there" 0-1000 not before 3200'],
);
timeline(
  'a comma is no end of a sentence',
  {},
  [
    [0, { say: 1000 }],
    [1300, final('Well,')],
  ],
  ['2800 commit "Well," 0-1000 not before 3200'],
);
timeline(
  'a number waits 0.5 s even when punctuated',
  {},
  [
    [0, { say: 1000 }],
    [1300, final('It is 42.')],
  ],
  ['1800 commit "It is 42." 0-1000 not before 2200'],
);
timeline(
  'the plan of the agent replaces the defaults',
  { start: { waitSeconds: 0, onNoPunctuationSeconds: 0.3 } },
  [
    [0, { say: 1000 }],
    [1300, final('hello')],
  ],
  ['1600 commit "hello" 0-1000 not before 1600'],
);
timeline(
  'the wait starts anew with each transcript',
  {},
  [
    [0, { say: 1000 }],
    [1300, final('My number is')],
    [2600, final('hard to say')],
  ],
  ['4100 commit "My number is hard to say" 0-1000 not before 4500'],
);
timeline(
  "the transcriber's end of turn is taken at once",
  {},
  [
    [0, { say: 1000 }],
    [1100, final('hello', true)],
  ],
  ['1100 commit "hello" 0-980 not before 1500'],
);
timeline(
  'a smart endpointing plan outranks the end of turn of the transcriber',
  { start: { smart: { provider: 'vapi' } } },
  [
    [0, { say: 1000 }],
    [1100, final('hello', true)],
  ],
  ['2600 commit "hello" 0-1000 not before 3000'],
);
timeline(
  'nothing is committed while the caller goes on',
  {},
  [
    [0, { say: 1000 }],
    [1250, final('Hello.')],
    [1280, { say: 1500 }],
    [3100, final('I have a question.')],
  ],
  ['3200 commit "Hello. I have a question." 0-2780 not before 3600'],
);
timeline(
  'an end of turn that comes when the caller speaks again is of the run before',
  {},
  [
    [0, { say: 1000 }],
    [1300, { say: 1000 }],
    [1500, final('first part', true)],
    [2700, final('second part', true)],
  ],
  ['2700 commit "first part second part" 0-2300 not before 3100'],
);
timeline(
  'a second run without words still ends the turn',
  {},
  [
    [0, { say: 1000 }],
    [1300, { say: 100 }],
    [1500, final('all of it', true)],
    [1800, final('', true)],
  ],
  ['1800 commit "all of it" 0-1400 not before 2200'],
);
timeline(
  'finals within one run leave the end of turn of the next run alone',
  {},
  [
    [0, { say: 1000 }],
    [900, final('One.', true)],
    [2000, { say: 1000 }],
    [2990, final('Two.', true)],
  ],
  [
    '900 commit "One." 0-880 not before 1300',
    '2200 pause',
    '2990 interrupt at 2200 unheard',
    '2990 commit "Two." 2000-2960 not before 3390',
  ],
);
timeline(
  'noise that the VAD takes for voice cannot hold a turn for ever',
  {},
  [
    [0, { say: 7900 }],
    [1300, final('Hello.')],
  ],
  ['5300 commit "Hello." 0-5280 not before 5700'],
  8500,
);
timeline(
  'a partial without final is taken, and its late final says nothing new',
  {},
  [
    [0, { say: 1000 }],
    [1100, partial('hello.')],
    [2900, final('Hello.')],
  ],
  ['2600 commit "hello." 0-1000 not before 3000'],
);
timeline(
  'text without any voice heard is a turn too',
  {},
  [[500, final('Hello.')]],
  ['600 commit "Hello." 500-500 not before 1000'],
);

const RULES: StartSpeakingPlan = {
  customEndpointingRules: [
    { type: 'assistant', regex: 'account number', timeoutSeconds: 3 },
    {
      type: 'customer',
      regex: '^yes$',
      regexOptions: [{ type: 'ignore-case', enabled: true }],
      timeoutSeconds: 0,
    },
    { type: 'both', assistantRegex: 'colou?r', customerRegex: 'red', timeoutSeconds: 0.2 },
  ],
};
timeline(
  'a rule on what the agent said outranks the plan and the end of turn',
  { start: RULES },
  [
    [0, { type: 'agent-said', text: 'What is your account number?' }],
    [0, { say: 1000 }],
    [1200, final('One.', true)],
  ],
  ['4200 commit "One." 0-1000 not before 4600'],
);
timeline(
  'a rule on what the caller said applies to the whole text',
  { start: RULES },
  [
    [0, { say: 500 }],
    [900, final('Yes')],
  ],
  ['900 commit "Yes" 0-500 not before 1300'],
);
timeline(
  'a rule on both needs both',
  { start: RULES },
  [
    [0, { type: 'agent-said', text: 'Which colour?' }],
    [0, { say: 500 }],
    [900, final('red')],
  ],
  ['1100 commit "red" 0-500 not before 1500'],
);
timeline(
  'a pattern that does not compile is refused and the rest applies',
  {
    start: { customEndpointingRules: [{ type: 'customer', regex: '(', timeoutSeconds: 3 }] },
  },
  [
    [0, { say: 500 }],
    [900, final('Hi.')],
  ],
  ['endpointing-rule-invalid', '1000 commit "Hi." 0-500 not before 1400'],
);

timeline(
  '0.2 s of voice pause the agent; words make it an interruption',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 900 }],
    [1600, partial('what about')],
    [2200, final('What about Sunday?')],
  ],
  ['1200 pause', '1600 interrupt at 1200', '2300 commit "What about Sunday?" 1000-1900 not before 2700'],
);
timeline(
  'after an interruption the agent stays silent for backoffSeconds',
  { stop: { backoffSeconds: 4 } },
  [
    [0, ...agentSpeaks()],
    [1000, { say: 500 }],
    [1500, final('Sunday?', true)],
  ],
  ['1200 pause', '1500 interrupt at 1200', '1500 commit "Sunday?" 1000-1480 not before 5200'],
);
timeline(
  'a click of 100 ms does not stop the agent',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 100 }],
  ],
  [],
);
timeline(
  'voice without words is no interruption: the agent goes on 2 s after it',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 400 }],
  ],
  ['1200 pause', '3600 resume'],
);
timeline(
  'voice without end or words is noise: the agent goes on 4 s after it was paused',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 6000 }],
    [7300, { say: 400 }],
  ],
  ['1200 pause', '5200 resume', '7500 pause', '9900 resume'],
  10000,
);
timeline(
  'an empty final about that voice lets the agent go on at once',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 400 }],
    [1900, final('')],
  ],
  ['1200 pause', '1900 resume'],
);
timeline(
  'an acknowledgement never interrupts: the agent goes on',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 400 }],
    [1900, final('Uh-huh, okay.')],
    [4000, agentDone],
  ],
  ['1200 pause', '1900 resume', '4000 acknowledged "Uh-huh, okay."'],
);
timeline(
  'an acknowledgement in the last second of the agent is an answer',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 400 }],
    [1900, final('Yes.')],
    [2500, agentDone],
  ],
  ['1200 pause', '1900 resume', '2500 commit "Yes." 1000-1400 not before 2900'],
);
timeline(
  'an acknowledgement that goes on becomes an interruption',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 1500 }],
    [1400, partial('yeah')],
    [1900, partial('yeah I know')],
    [2600, final('Yeah, I know.', true)],
  ],
  ['1200 pause', '1900 interrupt at 1200', '2600 commit "Yeah, I know." 1000-2480 not before 3000'],
);
timeline(
  'with numWords the voice alone stops nothing and words must be enough',
  { stop: { numWords: 3 } },
  [
    [0, ...agentSpeaks()],
    [1000, { say: 1500 }],
    [1500, partial('I want')],
    [2000, partial('I want tickets')],
    [2600, final('I want tickets.')],
  ],
  ['2000 interrupt at 2000', '2700 commit "I want tickets." 1000-2500 not before 3100'],
);
timeline(
  'too few words wait for the end of the agent and are answered then',
  { stop: { numWords: 3 } },
  [
    [0, ...agentSpeaks()],
    [1000, { say: 500 }],
    [1900, final('Tickets please.')],
    [3000, agentDone],
  ],
  ['3000 commit "Tickets please." 1000-1500 not before 3400'],
);
timeline(
  'an interruption phrase needs no number of words',
  { stop: { numWords: 5 } },
  [
    [0, ...agentSpeaks()],
    [1000, { say: 500 }],
    [1300, partial("don't")],
  ],
  ['1300 interrupt at 1300', '3000 commit "don\'t" 1000-1500 not before 3400'],
);
timeline(
  'the first message is not interrupted; what was said meanwhile is answered after it',
  {},
  [
    [0, ...agentSpeaks(false)],
    [1000, { say: 1000 }],
    [2100, final('Stop, are you open?')],
    [4000, agentDone],
  ],
  ['4000 commit "Stop, are you open?" 1000-2000 not before 4400'],
);
timeline(
  'new words before the answer is heard take the turn back',
  { stop: { backoffSeconds: 4 } },
  [
    [0, { say: 1000 }],
    [1200, final('I need a table.', true)],
    [1400, { say: 800 }],
    [2000, partial('for two')],
    [2300, final('For two.', true)],
  ],
  [
    '1200 commit "I need a table." 0-1000 not before 1600',
    '1600 pause',
    '2000 interrupt at 1600 unheard',
    '2300 commit "For two." 1400-2180 not before 2700',
  ],
);
timeline(
  'the rest of the voice that was committed does not stop the answer',
  {},
  [
    [0, { say: 1000 }],
    [860, final('Hello.', true)],
    [900, { type: 'agent-audible' }],
  ],
  ['860 commit "Hello." 0-840 not before 1260'],
);

timeline(
  'keys take the turn at once, also from the agent, and without backoff',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { type: 'keys-entered', digits: '12' }],
  ],
  ['1000 interrupt at 1000', '1000 commit [12] not before 1400'],
);
timeline(
  'keys during the first message wait for its end',
  {},
  [
    [0, ...agentSpeaks(false)],
    [1000, { type: 'keys-entered', digits: '1' }],
    [1500, { type: 'keys-entered', digits: '2' }],
    [2000, agentDone],
  ],
  ['2000 commit [1] [2] not before 2400'],
);

const QUIET = { silenceTimeoutSeconds: 2 };
timeline(
  'silence of both ends the call, counted from the start',
  QUIET,
  [[0, { type: 'began' }]],
  ['2000 silence-timed-out'],
);
timeline(
  'silence on hold is none: it counts anew when the caller is back',
  QUIET,
  [
    [0, { type: 'began' }],
    [1000, { type: 'held' }],
    [5000, { type: 'unheld' }],
  ],
  ['7000 silence-timed-out'],
);
timeline(
  'what the agent says on hold starts no silence either',
  QUIET,
  [
    [0, { type: 'began' }, { type: 'held' }, ...agentSpeaks()],
    [2000, agentDone],
    [5000, { type: 'unheld' }],
  ],
  ['7000 silence-timed-out'],
);
timeline(
  'the voice of the agent is no silence',
  QUIET,
  [
    [0, { type: 'began' }, ...agentSpeaks()],
    [5000, agentDone],
  ],
  ['7000 silence-timed-out'],
);
timeline(
  'the voice of the caller is none, nor are his keys',
  QUIET,
  [
    [0, { type: 'began' }],
    [1000, { say: 1500 }],
    [4000, { type: 'key-pressed' }],
  ],
  ['6000 silence-timed-out'],
);
timeline(
  'an answer in the making is none',
  QUIET,
  [
    [0, { type: 'began' }],
    [1000, final('Hi.', true)],
  ],
  ['1000 commit "Hi." 1000-1000 not before 1400'],
);
