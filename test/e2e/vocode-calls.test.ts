import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test';
import { type OutboundScene, OWN_NUMBER, openOutboundScene } from '../support/outbound-scene.ts';
import { startPlainServer } from '../support/plain-server.ts';
import { callTo } from '../support/ringing-scene.ts';
import { tone } from '../support/tones.ts';
import { until } from '../support/until.ts';

type Json = Record<string, unknown>;

const EVENTS = [
  'event_phone_call_connected',
  'event_phone_call_did_not_connect',
  'event_phone_call_ended',
  'event_human_detection',
  'event_message',
  'event_transcript',
  'event_recording',
];

let scene: OutboundScene;
let made = 0;

before(async () => {
  scene = await openOutboundScene();
});
beforeEach(() => {
  scene.operator.manner = { does: 'answer' };
});
after(() => scene.close());

/** A call that Vocode's API orders, and the webhook of its agent. */
async function ordered(t: TestContext, fields: object) {
  const server = await startPlainServer();
  t.after(() => server.close());
  made += 1;
  const to = `1415555${2000 + made}`;
  const webhook = { url: `${server.url}/hook`, subscriptions: EVENTS };
  const { status, body } = await scene.request('POST', '/vocode-2024/v1/calls/create', {
    from_number: OWN_NUMBER.slice(1),
    to_number: to,
    agent: { prompt: { content: 'Be kind.' }, initial_message: 'Good morning.', webhook },
    ...fields,
  });
  assert.equal(status, 200, JSON.stringify(body));
  const id = String(body.id);
  return {
    id,
    to: `+${to}`,
    shown: async () => (await scene.request('GET', `/vocode-2024/v1/calls?id=${id}`)).body,
    events: async (last: string) => {
      const all = () => server.requests.map(({ body: text }) => JSON.parse(text) as Json & { payload: Json });
      await until(last, () => all().some(({ type }) => type === last));
      assert.ok(all().every(({ call_id: callId }) => callId === id));
      return all();
    },
  };
}

describe('a call that Vocode orders', () => {
  test('hangs up on an answering machine where it is told to, and tells that nobody is there', async (t) => {
    const { id, to, shown, events } = await ordered(t, { on_no_human_answer: 'hangup' });
    const call = await callTo(scene.operator, to);
    await call.answered;
    await call.media.play(tone(1_000, 400));
    await call.whenEnded(10_000);
    await scene.ended(id);
    const { status, human_detection_result: result, on_no_human_answer: manner } = await shown();
    assert.deepEqual([status, result, manner], ['ended', 'no_human', 'hangup']);
    const detected = (await events('event_phone_call_ended')).find(
      ({ type }) => type === 'event_human_detection',
    );
    assert.deepEqual(detected?.payload, { result: 'no_human' });
  });

  test('stays with an answering machine where it is told nothing', async (t) => {
    const { id, to, shown } = await ordered(t, {});
    const call = await callTo(scene.operator, to);
    await call.answered;
    await call.media.play(tone(1_000, 400));
    await until('it is known', async () => (await shown()).human_detection_result === 'no_human', 10_000);
    assert.equal(call.end, undefined, 'the call is up');
    await call.hangup();
    await scene.ended(id);
  });

  test('that is confidential leaves nothing of what was said', async (t) => {
    const { id, to, shown, events } = await ordered(t, { hipaa_compliant: true });
    const call = await callTo(scene.operator, to);
    await call.nextSpurt(10_000);
    await call.hangup();
    const record = await scene.ended(id);
    assert.deepEqual(record.artifact.messages, []);
    const { hipaa_compliant: isConfidential, transcript, recording_available: isRecorded } = await shown();
    assert.deepEqual([isConfidential, transcript, isRecorded], [true, null, false]);
    const told = await events('event_phone_call_ended');
    assert.doesNotMatch(JSON.stringify(told), /Good morning/);
    assert.doesNotMatch(JSON.stringify(await scene.exchange.timeline(id)), /Good morning/);
  });

  test('tells that it did not connect', async (t) => {
    scene.operator.manner = { does: 'refuse', status: 486 };
    const { id, shown, events } = await ordered(t, {});
    await scene.ended(id);
    const told = await events('event_phone_call_did_not_connect');
    assert.deepEqual(
      told.map(({ type, payload }) => [type, payload]),
      [['event_phone_call_did_not_connect', { telephony_status: 'customer-busy' }]],
    );
    const { status, stage_outcome: outcome } = await shown();
    assert.deepEqual([status, outcome], ['ended', 'human_unanswered']);
  });
});

test('a call that Fluents orders tells of what went wrong', async (t) => {
  scene.operator.manner = { does: 'refuse', status: 503 };
  const server = await startPlainServer();
  t.after(() => server.close());
  const webhook = { url: `${server.url}/hook`, subscriptions: ['event_error'] };
  const { status, body } = await scene.request('POST', '/fluents/v1/calls/create', {
    from_number: OWN_NUMBER,
    to_number: '+14155552999',
    agent: { prompt: { content: 'Be kind.' }, webhook },
  });
  assert.equal(status, 201, JSON.stringify(body));
  const { endedReason } = await scene.ended(String(body.id));
  await until('the event', () => server.requests.length > 0);
  const { type, call_id: callId, payload } = JSON.parse(server.requests[0]?.body ?? '') as Json;
  assert.deepEqual([type, callId], ['event_error', body.id]);
  assert.match(String((payload as Json).message), /503/, String(endedReason));
});
