import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance, FakeBrain, type FakeBrainOptions } from '../../../test/support/fake-voice.ts';
import type { CallMessage } from '../../domain/calls/call.ts';
import type { SummaryPlan } from '../../domain/numbers/destination.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { ScriptedBrain } from '../../voice/llm/scripted-brain.ts';
import { summarise } from './conversation-summary.ts';

const at = { startedAt: 0, endedAt: 0 };
const MESSAGES: CallMessage[] = [
  { role: 'agent', message: 'How can I help?', ...at },
  { role: 'user', message: 'I want a refund', ...at },
];
const SETTINGS = {
  provider: 'fake',
  messages: [{ role: 'system' as const, content: 'You sell shoes.' }],
  tools: [],
  toolIds: [],
  settings: {},
};

function summaryOf(plan: SummaryPlan, options: Omit<FakeBrainOptions, 'clock'> = {}) {
  const clock = new FakeClock(0);
  const brain = new FakeBrain({ clock, ...options });
  const problems: string[] = [];
  const parts = {
    plan,
    messages: MESSAGES,
    brain,
    brainSettings: SETTINGS,
    variables: {},
    clock,
    signal: new AbortController().signal,
    warn: (problem: string) => problems.push(problem),
  };
  return { clock, brain, problems, parts };
}

test('a summary is asked of the model with the transcript, or as the plan words it', async () => {
  const own = summaryOf({}, { answers: ['Wants a refund.'] });
  assert.equal(await summarise(own.parts), 'Wants a refund.');
  assert.match(
    own.brain.requests[0]?.messages[1]?.content ?? '',
    /AI: How can I help\?\nUser: I want a refund/,
  );
  const messages = [{ role: 'user' as const, content: '{{systemPrompt}} | {{transcript}}' }];
  const worded = summaryOf({ messages }, { answers: ['Short.'] });
  assert.equal(await summarise(worded.parts), 'Short.');
  assert.match(worded.brain.requests[0]?.messages[0]?.content ?? '', /^You sell shoes\. \| AI: How/);
});

test('there is none where it is switched off, fails, or is not there in time', async () => {
  const off = summaryOf({ enabled: false });
  assert.equal(await summarise(off.parts), undefined);
  assert.equal(off.brain.requests.length, 0);
  const broken = summaryOf({}, { answers: [new Error('no credit')] });
  assert.equal(await summarise(broken.parts), undefined);
  assert.deepEqual(broken.problems, ['no summary could be made: no credit']);
  const slow = summaryOf({ timeoutSeconds: 2 }, { hangs: true });
  const waiting = summarise(slow.parts);
  await advance(slow.clock, 2_100, 100);
  assert.equal(await waiting, undefined);
  assert.deepEqual(slow.problems, ['the summary was not there within 2000 ms']);
});

test("a brain without a model repeats the caller's own words", async () => {
  const { parts } = summaryOf({});
  assert.equal(
    await summarise({ ...parts, brain: new ScriptedBrain() }),
    'The caller said: I want a refund.',
  );
});
