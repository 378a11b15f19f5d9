import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { says } from '../support/fake-openai.ts';
import { type FieldScene, openFieldScene } from '../support/field-scene.ts';
import { startPlainServer } from '../support/plain-server.ts';
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

  test('a prompt template is added to the prompt, its names filled', async (t) => {
    const template = { content: `Speak to ${slot('name')}.` };
    const { id } = await scene.exchange.api<{ id: string }>('POST', '/fluents/v1/prompts/create', template);
    const number = await scene.agentNumber(t, {
      agent: { promptPlan: { template: { id, requiredContextKeys: ['name', 'town'] } } },
      number: { exampleContext: { name: 'Ann' } },
      answers: [says('Hello Ann.')],
    });
    const call = await number.dial();
    await call.answered;
    await call.nextSpurt(10_000);
    await call.hangup();
    const row = await scene.endedRow(number);
    assert.match(JSON.stringify(number.model.requests[0]?.body), /Speak to Ann\./);
    const warned = (await scene.exchange.timeline(row.id)).find(
      ({ data }) => data.code === 'context-missing',
    );
    assert.match(String(warned?.data.message), /town/);
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

  for (const [unit, path, delay] of [
    ['seconds of Vocode', '/vocode/v1/agents/update', 1.5],
    ['milliseconds of Fluents', '/fluents/v1/agents/update', 1500],
  ] as const)
    test(`the first message waits for initial_message_delay, in ${unit}`, async (t) => {
      const number = await scene.agentNumber(t, { agent: { firstMessage: 'Hello.' } });
      const change = { initial_message_delay: delay };
      await scene.exchange.api('POST', `${path}?id=${number.agentId}`, change);
      const call = await number.dial();
      await call.answered;
      await call.nextSpurt(10_000);
      await call.hangup();
      const { messages = [], answeredAt = 0 } = await scene.endedRow(number);
      const waitedMs = (messages[0]?.startedAt ?? 0) - answeredAt;
      assert.ok(waitedMs >= 1500 && waitedMs < 10_000, `${waitedMs} ms`);
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
