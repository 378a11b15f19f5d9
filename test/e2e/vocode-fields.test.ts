import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { AgentTool } from '../../src/domain/agents/agent.ts';
import { Secret } from '../../src/lib/secret.ts';
import { calls, type FieldScene, openFieldScene, says } from '../support/field-scene.ts';
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

/** A name as Vocode's prompts write it. */
const slot = (name: string) => `\${${name}}`;

async function serverFor(context: TestContext, answers?: Record<string, object>) {
  const server = await startPlainServer(answers);
  context.after(() => server.close());
  return server;
}

const textOf = (messages: { role?: string; message: string }[] | undefined) =>
  (messages ?? []).map(({ message }) => message);

describe("Vocode's fields on a live call", { concurrency: 4 }, () => {
  test('context_endpoint fills the prompt and the first message', async (t) => {
    const server = await serverFor(t, { '/context': { name: 'Ann' } });
    const number = await scene.agentNumber(t, {
      agent: {
        contextEndpoint: `${server.url}/context`,
        firstMessage: `Hello ${slot('name')} from ${slot('city')}.`,
      },
      number: { exampleContext: { name: 'Sample', city: 'Ulm' } },
    });
    const call = await number.dial({ from: '+14155550100' });
    await call.answered;
    await call.nextSpurt(10_000);
    await call.hangup();
    const row = await scene.endedRow(number);
    assert.deepEqual(textOf(row.messages), ['Hello Ann from Ulm.']);
    assert.deepEqual(
      server.requests.map(({ method, query }) => [method, query]),
      [['GET', { phone_number: '+14155550100' }]],
    );
    const lines = await scene.exchange.timeline(row.id);
    const asked = lines.findIndex(({ type, data }) => type === 'server.asked' && data.question === 'context');
    assert.ok(asked >= 0 && asked < lines.findIndex(({ type }) => type === 'call.answered'));
  });

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
    const server = await serverFor(t, { '/book': { result: { ok: true }, agent_message: 'Monday it is.' } });
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
    const number = await scene.agentNumber(t, { answers: [calls('book', { day: 'Monday' })], tools: [tool] });
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

  for (const method of ['POST', 'GET'] as const)
    test(`a webhook by ${method} hears of the whole call, in order`, async (t) => {
      const server = await serverFor(t);
      const subscriptions = [
        'event_phone_call_connected',
        'event_message',
        'event_phone_call_ended',
        'event_transcript',
        'event_recording',
      ];
      const number = await scene.agentNumber(t, {
        agent: {
          firstMessage: 'Good morning.',
          webhook: { url: `${server.url}/hook`, method, subscriptions },
        },
      });
      const call = await number.dial();
      await call.answered;
      await call.nextSpurt(10_000);
      await call.hangup();
      const row = await scene.endedRow(number);
      await until('all events have come', () => server.requests.length >= 5);
      const events = server.requests.map(({ method: by, query, body }) => {
        assert.equal(by, method);
        return method === 'POST'
          ? (JSON.parse(body) as { type: string; call_id: string; payload: Record<string, unknown> })
          : {
              type: query.type,
              call_id: query.call_id,
              payload: JSON.parse(query.payload ?? '') as Record<string, unknown>,
            };
      });
      assert.deepEqual(
        events.map(({ type }) => type),
        subscriptions,
      );
      assert.ok(events.every(({ call_id: id }) => id === row.id));
      assert.equal(events[1]?.payload.text, 'Good morning.');
      assert.equal(events[3]?.payload.transcript, 'BOT: Good morning.');
      assert.ok(server.requests.every(({ headers }) => headers['webhook-signature'] !== undefined));
    });

  test('silence makes the agent ask, and then ends the call', async (t) => {
    const number = await scene.agentNumber(t, {
      agent: { dials: { idleTimeSeconds: 1, askIfPresentOnIdle: true, maxIdleChecks: 1 } },
    });
    const call = await number.dial();
    await call.answered;
    const row = await scene.endedRow(number);
    assert.deepEqual(textOf(row.messages), ['Are you still there?']);
    assert.equal(row.endReason, 'silence-timed-out');
  });

  test('the first message waits for initial_message_delay', async (t) => {
    const number = await scene.agentNumber(t, {
      agent: { firstMessage: 'Hello.', dials: { initialMessageDelayMs: 1500 } },
    });
    const call = await number.dial();
    await call.answered;
    await call.nextSpurt(10_000);
    await call.hangup();
    const { messages = [], answeredAt = 0 } = await scene.endedRow(number);
    assert.ok((messages[0]?.startedAt ?? 0) - answeredAt >= 1500);
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
      answers: [calls('addToConference'), says('You are all here.')],
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

  test('collect_fields and do-not-call detection are kept with the call', async (t) => {
    const number = await scene.agentNumber(t, {
      agent: {
        doNotCallDetection: true,
        promptPlan: { collectFields: [{ type: 'field_type_email', name: 'email', label: 'E-mail' }] },
      },
      answers: [
        {
          steps: [
            { toolCall: { id: 'c1', name: 'save_fields', arguments: '{"email":"ann@example.com"}' } },
            { toolCall: { id: 'c2', name: 'mark_do_not_call', arguments: '{}' } },
          ],
        },
        says('Thank you.'),
      ],
    });
    const call = await number.dial();
    await call.answered;
    await call.nextSpurt(10_000);
    await call.hangup();
    const row = await scene.endedRow(number);
    assert.deepEqual(row.collected, { email: 'ann@example.com' });
    assert.equal(row.doNotCall, true);
    assert.deepEqual(row.agent?.brain?.tools, [], 'the record shows the agent as the customer has it');
  });

  test('nothing is kept of a confidential call', async (t) => {
    const number = await scene.agentNumber(t, {
      agent: { firstMessage: 'Your result is fine.' },
      assistant: { compliancePlan: { hipaaEnabled: true } },
    });
    const call = await number.dial();
    await call.answered;
    await call.nextSpurt(10_000);
    await call.hangup();
    const row = await scene.endedRow(number);
    assert.deepEqual([row.messages, row.recording, row.agent?.brain?.messages], [[], undefined, []]);
    assert.equal(row.hipaaCompliant, true);
    const lines = await scene.exchange.timeline(row.id);
    assert.ok(!lines.some(({ type }) => type === 'message.added' || type === 'recording.started'));
    assert.doesNotMatch(JSON.stringify(lines), /Your result/);
    const deliveries = await scene.storage.deliveries.list(scene.orgId, { limit: 100, callId: row.id });
    assert.doesNotMatch(JSON.stringify(deliveries), /Your result/);
  });

  test('recording off records nothing', async (t) => {
    const number = await scene.agentNumber(t, { agent: { firstMessage: 'Hello.', recordingEnabled: false } });
    const call = await number.dial();
    await call.answered;
    await call.nextSpurt(10_000);
    await call.hangup();
    assert.equal((await scene.endedRow(number)).recording, undefined);
  });

  test('a number that is outbound only takes no call', async (t) => {
    const number = await scene.agentNumber(t, { number: { outboundOnly: true } });
    const call = await number.dial();
    await assert.rejects(call.answered, /Forbidden/);
  });
});
