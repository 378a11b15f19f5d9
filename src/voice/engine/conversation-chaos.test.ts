import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  brainWith,
  callTool,
  dtmf,
  endCall,
  setUpConversation,
} from '../../../test/support/fake-conversation.ts';
import { advance, type FakeAnswer } from '../../../test/support/fake-voice.ts';

/** The same calls on every machine; change it to look at others. */
const SEED = 7;

const answer: fc.Arbitrary<FakeAnswer> = fc.oneof(
  fc.constant<FakeAnswer>('A short answer.'),
  fc.constant<FakeAnswer>('An answer of two sentences. This is the second one of them.'),
  fc.constant<FakeAnswer>(new Error('brain')),
  fc.constant<FakeAnswer>([]),
  fc.constant<FakeAnswer>([{ type: 'text', text: 'One moment. ' }, callTool('dtmf', { dtmf: '1w2' })]),
  fc.constant<FakeAnswer>([callTool('endCall', {})]),
);

type Deed =
  | { kind: 'speak' | 'wait'; ms: number }
  | { kind: 'text'; text: string; isFinal: boolean }
  | { kind: 'key' | 'say' | 'fail' };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ kind: fc.constant('speak' as const), ms: fc.integer({ min: 20, max: 900 }) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 3000 }) }),
  fc.record({
    kind: fc.constant('text' as const),
    text: fc.constantFrom('stop', 'yeah', 'I want two', 'tomorrow.'),
    isFinal: fc.boolean(),
  }),
  fc.constant<Deed>({ kind: 'key' }),
  fc.constant<Deed>({ kind: 'say' }),
  fc.constant<Deed>({ kind: 'fail' }),
);

const scenario = fc.record({
  answers: fc.array(answer, { maxLength: 5 }),
  deeds: fc.array(deed, { maxLength: 12 }),
  brainMs: fc.constantFrom(0, 300),
  voiceMs: fc.constantFrom(0, 120),
  failAfter: fc.constantFrom(1, 99),
  interruptible: fc.boolean(),
  /** Leave the call alone after all that, instead of closing it amid it. */
  waits: fc.boolean(),
});

test('whatever happens in a call, it can be closed at any moment: no timer, listener or open end is left', async () => {
  const play = fc.asyncProperty(scenario, async (given) => {
    const call = setUpConversation({
      agent: {
        firstMessage: 'Welcome to this exchange.',
        firstMessageInterruptionsEnabled: given.interruptible,
        endCallMessage: 'Bye.',
        silenceTimeoutSeconds: 5,
        keypadInputPlan: { enabled: true },
        brain: brainWith({ tools: [dtmf, endCall] }),
      },
      ears: { texts: ['Hello.', '', 'And you?'], delayMs: 100 },
      brain: { answers: given.answers, otherwise: 'I have no more.', delayMs: given.brainMs },
      voice: { delayMs: given.voiceMs, failAfter: given.failAfter },
    });
    await call.conversation.start();
    const saying: Promise<void>[] = [];
    for (const next of given.deeds) {
      if (next.kind === 'speak') call.line.speak(next.ms);
      else if (next.kind === 'wait') await call.run(next.ms);
      else if (next.kind === 'text') call.ears.stream.give(next.text, { isFinal: next.isFinal });
      else if (next.kind === 'key') call.line.press('5');
      else if (next.kind === 'say') saying.push(call.conversation.say('An announcement.'));
      else call.ears.stream.failed.emit(new Error('ears'));
      await call.run(20);
    }
    if (given.waits) {
      await advance(call.clock, 60_000, 50);
      assert.equal(
        call.pick('end').length,
        1,
        'a call that is left alone ends by its silence, so it hangs nowhere',
      );
    }
    await call.finish();
    await Promise.all(saying);
    assert.ok(call.pick('end').length <= 1, 'one end');
    assert.equal(call.line.sounding, false, 'nothing sounds after the end');
    for (const { message, startedAt, endedAt } of call.messages()) {
      assert.ok(endedAt >= startedAt, `times of ${message}`);
    }
    const speech = call.pick('speech').filter(({ role }) => role === 'agent');
    for (const [index, { status }] of speech.entries()) {
      assert.equal(status, index % 2 === 0 ? 'started' : 'stopped', 'starts and stops alternate');
    }
    const turns = call.pick('turn').map(({ latency }) => latency.turn);
    assert.equal(new Set(turns).size, turns.length, 'a turn is measured once');
  });
  await fc.assert(play, { numRuns: 150, seed: SEED });
});
