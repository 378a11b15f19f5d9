import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { withHearing } from '../support/hearing.ts';
import { callTo, destinationOf, openRingingScene, type RingingScene } from '../support/ringing-scene.ts';
import { TEST_KEY } from '../support/running-exchange.ts';
import { assistant } from '../support/test-agents.ts';
import { until } from '../support/until.ts';

let scene: RingingScene;

before(async () => {
  scene = await openRingingScene();
});

after(() => scene.close());

interface MonitorView {
  controlUrl: string;
  listenUrl: string;
}

/** An answered call, with the URLs that its record shows. */
async function liveCall(settings: object = {}) {
  const body = assistant({ firstMessageMode: 'assistant-waits-for-user', ...settings });
  const { id: assistantId } = await scene.exchange.api<{ id: string }>('POST', '/assistant', body);
  const number = await scene.number({ assistantId });
  const call = await number.dial();
  await call.answered;
  const record = await until('the agent has begun', async () => {
    const shown = await scene.exchange.callTo(number.id);
    const lines = shown ? await scene.exchange.timeline(shown.id) : [];
    // Read again: the agent's own plan for the URLs came with that line.
    return lines.some(({ type }) => type === 'agent.started') && scene.exchange.callTo(number.id);
  });
  const { monitor } = record as unknown as { monitor: MonitorView };
  return { number, call, record, monitor };
}

async function control({ controlUrl }: MonitorView, body: object): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(controlUrl, { method: 'POST', headers, body: JSON.stringify(body) });
  await response.text();
  return response.status;
}

describe('the control URL of a call', { concurrency: 4 }, async () => {
  test('lets the agent say a sentence, and hang up after it', await withHearing(), async () => {
    const { number, call, monitor } = await liveCall();
    const heard = call.nextSpurt(10_000);
    const say = { type: 'say', content: 'The shop closes now.', endCallAfterSpoken: true };
    assert.equal(await control(monitor, say), 200);
    assert.equal(
      await scene.phone.understand(await heard, ['the shop closes now', 'hello']),
      'the shop closes now',
    );
    await call.whenEnded(5_000);
    assert.equal((await number.ended()).endedReason, 'assistant-ended-call-after-message-spoken');
  });

  test('lets the agent say its first message', await withHearing(), async () => {
    const firstMessage = 'The shop is open today.';
    const { number, call, monitor } = await liveCall({ firstMessage });
    const heard = call.nextSpurt(10_000);
    assert.equal(await control(monitor, { type: 'control', control: 'say-first-message' }), 200);
    assert.equal(
      await scene.phone.understand(await heard, ['the shop is open today', 'hello']),
      'the shop is open today',
    );
    await call.hangup();
    const { artifact } = await number.ended();
    assert.ok(artifact.messages.some(({ role, message }) => role === 'bot' && message === firstMessage));
  });

  test('adds a message, which the agent answers', async () => {
    const model = { provider: 'offhook', messages: [{ role: 'system', content: 'Hours: nine to five.' }] };
    const { number, call, monitor } = await liveCall({ model });
    const message = { role: 'user', content: 'What are your hours?' };
    assert.equal(await control(monitor, { type: 'add-message', message, triggerResponseEnabled: true }), 200);
    await call.nextSpurt(10_000);
    await call.hangup();
    const { artifact } = await number.ended();
    assert.ok(
      artifact.messages.some(({ role, message: text }) => role === 'user' && text === message.content),
    );
    assert.ok(
      artifact.messages.some(({ role, message: text }) => role === 'bot' && /nine to five/.test(text)),
    );
  });

  test('ends the call', async () => {
    const { number, call, monitor } = await liveCall();
    assert.equal(await control(monitor, { type: 'end-call' }), 200);
    await call.whenEnded(5_000);
    const record = await number.ended();
    assert.equal(record.endedReason, 'manually-canceled');
    assert.equal(await control(monitor, { type: 'end-call' }), 404, 'the token is worth nothing any more');
    const types = (await scene.exchange.timeline(record.id)).map(({ type }) => type);
    assert.ok(types.includes('control.received'));
  });

  test('brings the caller to somebody else', async () => {
    const { number, call, monitor } = await liveCall();
    const destination = destinationOf(scene.operator, 'control-desk');
    assert.equal(await control(monitor, { type: 'transfer', destination, content: 'One moment.' }), 200);
    const desk = await callTo(scene.operator, 'control-desk');
    await desk.answered;
    await desk.hangup();
    await call.whenEnded(5_000);
    assert.equal((await number.ended()).endedReason, 'assistant-forwarded-call');
  });

  test('mutes the agent: it answers nothing until it is unmuted', async () => {
    const model = { provider: 'offhook', messages: [{ role: 'system', content: 'Hours: nine to five.' }] };
    const { number, call, monitor } = await liveCall({ model });
    const ask = {
      type: 'add-message',
      message: { role: 'user', content: 'What are your hours?' },
      triggerResponseEnabled: true,
    };
    assert.equal(await control(monitor, { type: 'control', control: 'mute-assistant' }), 200);
    await control(monitor, ask);
    await assert.rejects(call.nextStart(2_000), 'nothing is heard');
    assert.equal(await control(monitor, { type: 'control', control: 'unmute-assistant' }), 200);
    const started = call.nextStart(10_000);
    await control(monitor, ask);
    await started;
    await call.hangup();
    await number.ended();
  });

  test('refuses what it does not know, naming the field, and a stranger', async () => {
    const { number, call, monitor } = await liveCall();
    assert.equal(await control(monitor, { type: 'dance' }), 400);
    assert.equal(await control(monitor, { type: 'say' }), 400);
    const guessed = { ...monitor, controlUrl: monitor.controlUrl.replace(/live\/[^/]+/, 'live/guessed') };
    assert.equal(await control(guessed, { type: 'end-call' }), 404);
    await call.hangup();
    await number.ended();
  });

  test('is closed where the assistant says so, and asks for a key where it says that', async () => {
    const closed = await liveCall({ monitorPlan: { controlEnabled: false } });
    assert.equal(closed.monitor?.controlUrl, undefined);
    const keyed = await liveCall({ monitorPlan: { controlAuthenticationEnabled: true } });
    assert.equal(await control(keyed.monitor, { type: 'end-call' }), 401);
    const response = await fetch(keyed.monitor.controlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` },
      body: JSON.stringify({ type: 'end-call' }),
    });
    assert.equal(response.status, 200);
    await closed.call.hangup();
    await Promise.all([closed.number.ended(), keyed.number.ended()]);
  });
});

test('the listen URL gives both sides as audio and what is said as JSON', async () => {
  const { number, call, monitor } = await liveCall();
  const socket = new WebSocket(monitor.listenUrl);
  const audio: Buffer[] = [];
  const texts: Record<string, unknown>[] = [];
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) audio.push(data);
    else texts.push(JSON.parse(data.toString()) as Record<string, unknown>);
  });
  await once(socket, 'open');
  await control(monitor, { type: 'say', content: 'You can hear me.' });
  await call.nextSpurt(10_000);
  await until('the sentence as text', () =>
    texts.some((text) => JSON.stringify(text).includes('You can hear me')),
  );
  const loudest = Math.max(...audio.map((block) => peakOf(block)));
  assert.ok(loudest > 1_000, `the loudest sample is ${loudest}`);
  const closed = once(socket, 'close');
  await call.hangup();
  await closed;
  await number.ended();
});

test('the event stream of a call gives its timeline as it is written, without gap or double', async () => {
  const { number, call, record } = await liveCall();
  const response = await fetch(`${scene.exchange.offhook.httpUrl}/admin/calls/${record.id}/events`, {
    headers: { authorization: `Bearer ${TEST_KEY}`, accept: 'text/event-stream' },
  });
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  const streamed = response.text();
  call.press('5');
  await until('the key in the timeline', async () =>
    (await scene.exchange.timeline(record.id)).some(({ type }) => type === 'dtmf.received'),
  );
  await call.hangup();
  await number.ended();
  const ids = [...(await streamed).matchAll(/^id: ?(\d+)$/gm)].map(([, id]) => Number(id));
  assert.deepEqual(
    ids,
    Array.from({ length: ids.length }, (_, index) => index + 1),
  );
  assert.equal(ids.length, (await scene.exchange.timeline(record.id)).length);
});

function peakOf(block: Buffer): number {
  let peak = 0;
  for (let at = 0; at + 1 < block.length; at += 2) peak = Math.max(peak, Math.abs(block.readInt16LE(at)));
  return peak;
}
