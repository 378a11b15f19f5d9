import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { INITIAL_TURN_STATE, type TurnEffect, type TurnEventInput, type TurnState } from './turn-contract.ts';
import { turnPlanOf } from './turn-plan.ts';
import { reduceTurn, unansweredTurns } from './turn-policy.ts';

/** The same timelines on every machine; change it to look at others. */
const SEED = 1;

const WORDS = ['yeah', 'okay', 'stop', 'apples', 'two', 'tomorrow.', '42', ''];

const input: fc.Arbitrary<TurnEventInput> = fc.oneof(
  fc.constantFrom<TurnEventInput>(
    { type: 'agent-began', interruptible: true },
    { type: 'agent-began', interruptible: false },
    { type: 'agent-audible' },
    { type: 'agent-finished' },
    { type: 'key-pressed' },
    { type: 'keys-entered', digits: '1' },
    { type: 'timer-fired', timer: 'endpoint' },
    { type: 'timer-fired', timer: 'resume' },
  ),
  fc.record({
    type: fc.constant('transcript' as const),
    text: fc.constantFrom(...WORDS),
    isFinal: fc.constant(true),
    endOfTurn: fc.boolean(),
  }),
  fc.constant<TurnEventInput>({ type: 'speech-started', at: 0 }),
  fc.integer({ min: 20, max: 400 }).map((voicedMs) => ({ type: 'speech-heard' as const, at: 0, voicedMs })),
  fc.constant<TurnEventInput>({ type: 'speech-stopped', at: 0 }),
);

function play(
  numWords: number,
  inputs: TurnEventInput[],
  check: (effect: TurnEffect, before: TurnState) => void,
) {
  const plan = turnPlanOf(
    { id: 'a', orgId: 'o', extras: {}, createdAt: 0, updatedAt: 0, stopSpeakingPlan: { numWords } },
    () => undefined,
  );
  let state = INITIAL_TURN_STATE;
  let now = 1000;
  for (const next of inputs) {
    now += 100;
    const event = 'at' in next ? { ...next, at: now } : next;
    const frozen = Object.freeze({ ...state });
    const step = reduceTurn(frozen, { ...event, now }, plan);
    for (const effect of step.effects) check(effect, frozen);
    state = step.state;
  }
  return { state, now };
}

const timelines = fc.tuple(fc.constantFrom(0, 2), fc.array(input, { maxLength: 60 }));

test('turn policy: no word of the caller is lost or answered twice, in any timeline', () => {
  fc.assert(
    fc.property(timelines, ([numWords, inputs]) => {
      const given = inputs.flatMap((next) => (next.type === 'transcript' ? next.text.split(' ') : []));
      const taken: string[] = [];
      const { state, now } = play(numWords, inputs, (effect) => {
        if (effect.type === 'commit' || effect.type === 'acknowledged')
          taken.push(...effect.turn.text.split(' '));
      });
      for (const turn of unansweredTurns(state, now)) taken.push(...turn.text.split(' '));
      const filled = (words: string[]) => words.filter((word) => word !== '').sort();
      assert.deepEqual(filled(taken), filled(given));
    }),
    { numRuns: 2000, seed: SEED },
  );
});

test('turn policy: pauses and resumes alternate, and only what runs is interrupted, in any timeline', () => {
  fc.assert(
    fc.property(timelines, ([numWords, inputs]) => {
      let paused = false;
      play(numWords, inputs, (effect, before) => {
        if (effect.type === 'pause') {
          assert.equal(paused, false);
          assert.equal(before.interruptible, true);
          paused = true;
        } else if (effect.type === 'resume') {
          assert.equal(paused, true);
          paused = false;
        } else if (effect.type === 'interrupt') {
          assert.notEqual(before.phase, 'idle');
          assert.equal(before.interruptible, true);
          paused = false;
        } else if (effect.type === 'commit') {
          assert.equal(paused, false);
          assert.ok(effect.turn.text !== '' || effect.turn.keys.length > 0, 'an empty turn');
          assert.ok(effect.turn.endedAt >= effect.turn.startedAt);
        }
      });
    }),
    { numRuns: 2000, seed: SEED },
  );
});
