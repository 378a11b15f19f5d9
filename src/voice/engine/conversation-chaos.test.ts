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
import type { AgentTool } from '../../domain/agents/agent.ts';
import type { BrainMessage } from '../llm/contract.ts';

/** The same calls on every machine; change it to look at others. */
const SEED = 7;

const answer: fc.Arbitrary<FakeAnswer> = fc.oneof(
  fc.constant<FakeAnswer>('A short answer.'),
  fc.constant<FakeAnswer>('An answer of two sentences. This is the second one of them.'),
  fc.constant<FakeAnswer>(new Error('brain')),
  fc.constant<FakeAnswer>([]),
  fc.constant<FakeAnswer>([{ type: 'text', text: 'One moment. ' }, callTool('dtmf', { dtmf: '1w2' })]),
  fc.constant<FakeAnswer>([callTool('endCall', {})]),
  fc.constant<FakeAnswer>([callTool('book', {}, 'b1'), callTool('log', {}, 'l1')]),
  fc.constant<FakeAnswer>([{ type: 'text', text: 'I try it. ' }, callTool('transferCall', {}, 't1')]),
);

const book: AgentTool = {
  type: 'function',
  name: 'book',
  settings: {},
  messages: [
    { type: 'request-start', content: 'I am booking it.', blocking: true },
    { type: 'request-response-delayed', content: 'Still booking.', timingMilliseconds: 300 },
    { type: 'request-failed', content: 'No luck.', endCallAfterSpokenEnabled: true },
  ],
};
const log: AgentTool = { type: 'function', name: 'log', async: true, settings: {} };
const transferCall: AgentTool = {
  type: 'transferCall',
  destinations: [{ type: 'sip', sipUri: 'sip:sales@example.com' }],
  settings: {},
};

type Deed =
  | { kind: 'speak' | 'wait'; ms: number }
  | { kind: 'text'; text: string; isFinal: boolean }
  | { kind: 'key' | 'say' | 'fail' | 'greet' | 'mute' | 'unmute' | 'add' };

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
  fc.constantFrom<Deed>({ kind: 'greet' }, { kind: 'mute' }, { kind: 'unmute' }, { kind: 'add' }),
);

const scenario = fc.record({
  answers: fc.array(answer, { maxLength: 5 }),
  deeds: fc.array(deed, { maxLength: 12 }),
  brainMs: fc.constantFrom(0, 300),
  voiceMs: fc.constantFrom(0, 120),
  failAfter: fc.constantFrom(1, 99),
  interruptible: fc.boolean(),
  serverMs: fc.constantFrom(0, 900),
  serverFails: fc.boolean(),
  moved: fc.boolean(),
  releases: fc.boolean(),
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
        brain: brainWith({ tools: [dtmf, endCall, book, log, transferCall] }),
      },
      actions: {
        serverMs: given.serverMs,
        answer: () => (given.serverFails ? { error: 'x' } : { result: 'ok' }),
        move: given.moved ? { moved: true } : { moved: false, error: 'busy' },
        moveMs: 700,
      },
      ears: { texts: ['Hello.', '', 'And you?'], delayMs: 100 },
      brain: { answers: given.answers, otherwise: 'I have no more.', delayMs: given.brainMs },
      voice: { delayMs: given.voiceMs, failAfter: given.failAfter },
    });
    await call.conversation.start();
    const saying: Promise<void>[] = [];
    for (const next of given.deeds) {
      saying.push(...(await perform(call, next)));
      await call.run(20);
    }
    if (given.waits) {
      await advance(call.clock, 60_000, 50);
      const moved = given.moved && call.actions.moves.length > 0;
      assert.ok(
        moved || call.pick('end').length === 1,
        'a call that is left alone ends by its silence, so it hangs nowhere',
      );
    }
    const releasing = given.releases ? call.conversation.release('rolling-history') : Promise.resolve([]);
    // A release lets what is being said end.
    if (given.releases) await advance(call.clock, 30_000, 50);
    checkCalls(await releasing);
    await call.finishWith(1000);
    await Promise.all(saying);
    checkEvents(call);
  });
  await fc.assert(play, { numRuns: 150, seed: SEED });
});

type Setting = ReturnType<typeof setUpConversation>;

/** @returns the sentences that it has had said; in a list, since they are not to be waited for. */
async function perform(call: Setting, next: Deed): Promise<Promise<void>[]> {
  const { conversation, line, ears } = call;
  switch (next.kind) {
    case 'speak':
      line.speak(next.ms);
      break;
    case 'wait':
      await call.run(next.ms);
      break;
    case 'text':
      ears.stream.give(next.text, { isFinal: next.isFinal });
      break;
    case 'key':
      line.press('5');
      break;
    case 'say':
      return [conversation.say('An announcement.')];
    case 'greet':
      return [conversation.sayFirstMessage()];
    case 'add':
      conversation.addMessage({ role: 'user', content: 'And?' }, true);
      break;
    case 'mute':
    case 'unmute':
      conversation.mute(next.kind === 'mute');
      break;
    case 'fail':
      ears.stream.failed.emit(new Error('ears'));
  }
  return [];
}

function checkEvents(call: Setting): void {
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
}

/** Vendors refuse a history in which a call has no result behind it, or a result no call. */
function checkCalls(messages: readonly BrainMessage[]): void {
  const open: string[] = [];
  for (const message of messages) {
    if (message.role === 'tool') assert.equal(open.shift(), message.toolCallId);
    else assert.deepEqual(open, [], 'a call without its result');
    if (message.role === 'assistant') open.push(...(message.toolCalls ?? []).map(({ id }) => id));
  }
  assert.deepEqual(open, []);
}
