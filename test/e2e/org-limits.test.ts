import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DialledCall } from '../../src/phone/dialled-call.ts';
import { openRingingScene, type RingingNumber, type RingingScene } from '../support/ringing-scene.ts';
import { assistant } from '../support/test-agents.ts';
import { until } from '../support/until.ts';

/** A sample beyond this is heard. */
const AUDIBLE = 100;
/** Longer than this nobody who waits hears nothing, in milliseconds. */
const SILENCE_LIMIT_MS = 4_000;

let scene: RingingScene;
let number: RingingNumber;

before(async () => {
  scene = await openRingingScene();
  const body = assistant({ firstMessage: 'Hello.' });
  const { id: assistantId } = await scene.exchange.api<{ id: string }>('POST', '/assistant', body);
  number = await scene.number({ assistantId });
});

after(() => scene.close());

const org = (settings: object) => scene.exchange.api('PATCH', '/admin/org', settings);

test('over its concurrency without a queue a call is busy, and its record says why', async () => {
  await org({ concurrencyLimit: 1 });
  const first = await number.dial();
  await first.answered;
  const second = await number.dial();
  await assert.rejects(second.answered, { status: 486 });
  const record = await until('the refused call', async () => {
    const latest = await scene.exchange.callTo(number.id);
    return latest?.status === 'ended' && latest;
  });
  assert.equal(record.endedReason, 'call.start.error-subscription-concurrency-limit-reached');
  await first.hangup();
  await until('the line is free', () => scene.exchange.offhook.activeCalls === 0);
  const third = await number.dial();
  await third.answered;
  await third.hangup();
  await until('all have ended', () => scene.exchange.offhook.activeCalls === 0);
});

test('with a queue the next caller waits, hearing music, until a line is free', async () => {
  await org({ concurrencyLimit: 1, queue: { maxCalls: 1, maxWaitSeconds: 30 }, holdSound: 'music' });
  const first = await number.dial();
  await first.answered;
  const waiting = await number.dial();
  await until('early media', () => waiting.provisionals.includes(183));
  await waiting.nextStart(3_000);
  assert.equal((await scene.exchange.callTo(number.id))?.status, 'queued');
  const third = await number.dial();
  await assert.rejects(third.answered, { status: 486 }, 'the queue is full');
  await first.hangup();
  await waiting.answered;
  await waiting.hangup();
  await until('all have ended', () => scene.exchange.offhook.activeCalls === 0);
});

test('who waits longer than the queue allows is refused, and never hears silence over 4 s', async () => {
  await org({ concurrencyLimit: 1, queue: { maxCalls: 1, maxWaitSeconds: 6 }, holdSound: 'music' });
  const first = await number.dial();
  await first.answered;
  const waiting = await number.dial();
  const silence = watchSilence(waiting);
  await assert.rejects(waiting.answered, { status: 486 });
  silence.isShort();
  await first.hangup();
  await until('all have ended', () => scene.exchange.offhook.activeCalls === 0);
});

test("while a customer's server thinks, the caller hears the org's music, and never silence over 4 s", async () => {
  await org({ concurrencyLimit: null, queue: null, holdSound: 'music' });
  const answer = { assistant: assistant({ firstMessage: 'Hello.' }) };
  const asking = await scene.number({}, { json: answer, delayMs: 5_000 });
  const call = await asking.dial();
  const silence = watchSilence(call);
  await until('early media', () => call.provisionals.includes(183));
  await call.nextStart(3_000);
  assert.equal((await scene.exchange.callTo(asking.id))?.status, 'ringing');
  await call.answered;
  silence.isShort();
  await call.hangup();
  await asking.ended();
  await org({ holdSound: null });
});

test("the org's ring delay outranks the exchange's", async () => {
  await org({ concurrencyLimit: null, queue: null, holdSound: null, ringDelayMs: 1_200 });
  const dialledAt = performance.now();
  const call = await number.dial();
  await call.answered;
  assert.ok(performance.now() - dialledAt >= 1_150);
  await call.hangup();
  await org({ ringDelayMs: null });
});

/** Looks from now on how long a caller hears nothing at a time. */
function watchSilence(call: DialledCall): { isShort(): void } {
  let heardAt = performance.now();
  let longestMs = 0;
  const note = () => {
    longestMs = Math.max(longestMs, performance.now() - heardAt);
    heardAt = performance.now();
  };
  const stop = call.media.audio.on(({ samples }) => {
    if (samples.some((sample) => Math.abs(sample) > AUDIBLE)) note();
  });
  return {
    isShort() {
      stop();
      note();
      assert.ok(longestMs < SILENCE_LIMIT_MS, `silent for ${longestMs} ms`);
    },
  };
}
