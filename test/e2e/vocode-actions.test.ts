import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { AgentTool } from '../../src/domain/agents/agent.ts';
import { Secret } from '../../src/lib/secret.ts';
import { callsTool, says } from '../support/fake-openai.ts';
import { type FieldScene, openFieldScene } from '../support/field-scene.ts';
import { hears } from '../support/hears.ts';
import { startPlainServer } from '../support/plain-server.ts';
import { callTo, destinationOf } from '../support/ringing-scene.ts';
import { tone } from '../support/tones.ts';
import { until } from '../support/until.ts';

let scene: FieldScene;

before(async () => {
  scene = await openFieldScene();
});

after(() => scene.close());

describe("Vocode's actions on a live call", { concurrency: 4 }, () => {
  test('a phrase of the agent transfers the call', async (t) => {
    const user = 'phrase';
    const tool: AgentTool = {
      type: 'transferCall',
      destinations: [destinationOf(scene.operator, user)],
      phraseTriggers: [{ phrase: 'connect you' }],
      settings: {},
    };
    const number = await scene.agentNumber(t, {
      agent: { firstMessage: 'I will connect you now.' },
      tools: [tool],
    });
    const call = await number.dial();
    await call.answered;
    const operator = await callTo(scene.operator, user);
    await operator.answered;
    await scene.transferred(number);
    await call.hangup();
    const row = await scene.endedRow(number);
    assert.equal(row.endReason, 'assistant-forwarded-call');
    assert.equal(row.transfers?.[0]?.outcome, 'connected');
  });

  test('an external action is signed, and its agent_message is spoken', async (t) => {
    const server = await startPlainServer({
      '/book': { result: { ok: true }, agent_message: 'Monday it is.' },
    });
    t.after(() => server.close());
    const key = Buffer.from('a key that nobody else knows at all');
    const tool: AgentTool = {
      type: 'external',
      name: 'book',
      description: 'Books a day.',
      parameters: { type: 'object', properties: { day: { type: 'string' } } },
      external: {
        url: `${server.url}/book`,
        signatureSecret: new Secret(key.toString('base64')),
        speakOnSend: false,
        speakOnReceive: true,
        processingMode: 'muted',
      },
      settings: {},
    };
    const number = await scene.agentNumber(t, {
      answers: [callsTool('book', { day: 'Monday' })],
      tools: [tool],
    });
    const call = await number.dial();
    await call.answered;
    await call.nextSpurt(10_000);
    await call.hangup();
    const row = await scene.endedRow(number);
    const [request] = server.requests;
    assert.deepEqual(JSON.parse(request?.body ?? ''), { call_id: row.id, payload: { day: 'Monday' } });
    assert.equal(
      request?.headers['x-vocode-signature'],
      createHmac('sha256', key)
        .update(request?.body ?? '')
        .digest('base64'),
    );
    assert.equal(row.messages?.findLast(({ role }) => role === 'agent')?.message, 'Monday it is.');
  });

  test('action_set_hold plays music until the call goes on', async (t) => {
    const hold: AgentTool = { type: 'setHold', phraseTriggers: [{ phrase: 'one moment' }], settings: {} };
    const number = await scene.agentNumber(t, {
      agent: { firstMessage: 'One moment.', dials: { idleTimeSeconds: 1 } },
      tools: [hold],
    });
    const call = await number.dial();
    await call.answered;
    let sounding = 0;
    await until('the hold has begun', async () => {
      const id = (await scene.exchange.callTo(number.id))?.id;
      const lines = id ? await scene.exchange.timeline(id) : [];
      return lines.some(({ data }) => data.role === 'tool-result');
    });
    const stop = call.media.audio.on(({ samples }) => {
      if (samples.some((sample) => Math.abs(sample) > 300)) sounding += 1;
    });
    // Two seconds of music, while the idle time of one second does not count.
    await until('two seconds of music are heard', () => sounding >= 100);
    stop();
    await call.hangup();
    assert.equal((await scene.endedRow(number)).endReason, 'customer-ended-call');
  });

  test('action_add_to_conference lets all three hear each other, and the caller stays when the third has left', async (t) => {
    const user = 'third';
    const tool: AgentTool = {
      type: 'addToConference',
      // Of a transfer the plan would mean that the caller's own exchange calls, and we are out of it.
      destinations: [{ ...destinationOf(scene.operator, user), transferPlan: { mode: 'blind-transfer' } }],
      settings: {},
    };
    const number = await scene.agentNumber(t, {
      answers: [callsTool('addToConference'), says('You are all here.')],
      tools: [tool],
    });
    const call = await number.dial();
    await call.answered;
    const third = await callTo(scene.operator, user);
    await third.nextSpurt(10_000);
    const heard = Promise.all([hears(third.media, 1500), hears(call.media, 600)]);
    call.media.play(tone(1500, 500));
    third.media.play(tone(600, 500));
    await heard;
    const id = (await scene.exchange.callTo(number.id))?.id ?? assert.fail('the call is not shown');
    assert.equal((await scene.storage.calls.get(scene.orgId, id))?.status, 'in-progress');
    await third.hangup();
    const linesOf = async () => (await scene.exchange.timeline(id)).map(({ type }) => type);
    await until('the third has left', async () => (await linesOf()).includes('conference.left'));
    assert.equal((await scene.storage.calls.get(scene.orgId, id))?.status, 'in-progress');
    await call.hangup();
    const row = await scene.endedRow(number);
    assert.equal(row.endReason, 'customer-ended-call');
    assert.equal(row.transfers?.[0]?.outcome, 'connected');
    const lines = await scene.exchange.timeline(id);
    assert.ok(!lines.some(({ data }) => String(data.field).includes('addToConference')));
  });

  test('a caller who leaves a conference ends it for the third as well', async (t) => {
    const user = 'third-of-leaver';
    const tool: AgentTool = {
      type: 'addToConference',
      destinations: [destinationOf(scene.operator, user)],
      phraseTriggers: [{ phrase: 'add a colleague' }],
      settings: {},
    };
    const number = await scene.agentNumber(t, {
      agent: { firstMessage: 'I will add a colleague.' },
      tools: [tool],
    });
    const call = await number.dial();
    await call.answered;
    const third = await callTo(scene.operator, user);
    await third.answered;
    await scene.transferred(number);
    await call.hangup();
    await third.whenEnded(5_000);
    assert.equal((await scene.endedRow(number)).endReason, 'customer-ended-call');
  });

  test('a warm transfer begins by a phrase, and the operator is told before he hears the caller', async (t) => {
    const user = 'warm';
    const told = 'The caller has lost his order.';
    const tool: AgentTool = {
      type: 'transferCall',
      destinations: [
        {
          ...destinationOf(scene.operator, user),
          transferPlan: { mode: 'warm-transfer-say-message', message: told },
        },
      ],
      phraseTriggers: [{ phrase: 'my colleague' }],
      settings: {},
    };
    const number = await scene.agentNumber(t, {
      agent: { firstMessage: 'I will ask my colleague.' },
      tools: [tool],
    });
    const call = await number.dial();
    await call.answered;
    const operator = await callTo(scene.operator, user);
    await operator.nextSpurt(10_000);
    await scene.transferred(number);
    const heard = Promise.all([hears(operator.media, 1500), hears(call.media, 600)]);
    call.media.play(tone(1500, 500));
    operator.media.play(tone(600, 500));
    await heard;
    await call.hangup();
    const row = await scene.endedRow(number);
    assert.equal(row.endReason, 'assistant-forwarded-call');
    assert.equal(row.transfers?.[0]?.transcript, told);
  });

  test('action_end_conversation by a phrase hangs up once that was said', async (t) => {
    const tool: AgentTool = { type: 'endCall', phraseTriggers: [{ phrase: 'good bye' }], settings: {} };
    const number = await scene.agentNumber(t, {
      agent: { firstMessage: 'We are closed, good bye.' },
      tools: [tool],
    });
    const call = await number.dial();
    await call.answered;
    await call.nextSpurt(10_000);
    await call.whenEnded(5_000);
    assert.equal((await scene.endedRow(number)).endReason, 'assistant-ended-call');
  });

  test('action_dtmf presses the keys that the model names, and the webhook is told of it', async (t) => {
    const server = await startPlainServer();
    t.after(() => server.close());
    const number = await scene.agentNumber(t, {
      agent: { webhook: { url: `${server.url}/hook`, method: 'POST', subscriptions: ['event_action'] } },
      answers: [callsTool('dtmf', { dtmf: '12#' }), says('Done.')],
      tools: [{ type: 'dtmf', settings: {} }],
    });
    const call = await number.dial();
    const keys: string[] = [];
    call.media.dtmf.on(({ digit }) => keys.push(digit));
    await call.answered;
    await until('the keys', () => keys.join('') === '12#', 10_000);
    await call.hangup();
    await scene.endedRow(number);
    await until('both events have come', () => server.requests.length >= 2);
    const events = server.requests.map(({ body }) => JSON.parse(body) as { type: string; payload: object });
    const input = { name: 'dtmf', params: { dtmf: '12#' } };
    assert.deepEqual(
      events.map(({ type, payload }) => [type, payload]),
      [
        ['event_action', { action_input: input, action_output: null }],
        [
          'event_action',
          { action_input: input, action_output: { name: 'dtmf', response: 'The keys were pressed.' } },
        ],
      ],
    );
  });
});
