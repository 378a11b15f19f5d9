import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openRingingScene, type RingingNumber, type RingingScene } from '../support/ringing-scene.ts';
import { assistant } from '../support/test-agents.ts';
import { until } from '../support/until.ts';

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
  let heardAt = performance.now();
  let longestMs = 0;
  const stop = waiting.media.audio.on(({ samples }) => {
    if (!samples.some((sample) => Math.abs(sample) > 100)) return;
    longestMs = Math.max(longestMs, performance.now() - heardAt);
    heardAt = performance.now();
  });
  await assert.rejects(waiting.answered, { status: 486 });
  stop();
  assert.ok(longestMs < 4_000, `silent for ${longestMs} ms`);
  await first.hangup();
  await until('all have ended', () => scene.exchange.offhook.activeCalls === 0);
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
