import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { CustomerScript } from '../support/customer-server.ts';
import { callsTool, type FakeAnswer, type FakeOpenAi, says } from '../support/fake-openai.ts';
import { withHearing } from '../support/hearing.ts';
import {
  callTo,
  destinationOf,
  openRingingScene,
  type RingingNumber,
  type RingingScene,
} from '../support/ringing-scene.ts';
import { assistant, customModel, modelFor } from '../support/test-agents.ts';
import { until } from '../support/until.ts';

let scene: RingingScene;

before(async () => {
  scene = await openRingingScene();
});

after(() => scene.close());

/** A number whose agent lets its model speak first, so that a call needs no words of the caller. */
async function numberOf(
  context: TestContext,
  answers: FakeAnswer[],
  tools: object[],
  script: CustomerScript = { json: {} },
  settings: object = {},
) {
  const model = await modelFor(context, answers);
  const { id: assistantId } = await scene.exchange.api<{ id: string }>(
    'POST',
    '/assistant',
    assistant({
      firstMessageMode: 'assistant-speaks-first-with-model-generated-message',
      model: customModel(model.url, tools),
      ...settings,
    }),
  );
  const number = await scene.number({ assistantId }, script);
  return { number, model };
}

/** Waits until the agent has said something like this. */
const spoken = (number: RingingNumber, what: RegExp) =>
  until(`the agent says ${what}`, async () => {
    const messages = (await scene.exchange.callTo(number.id))?.artifact.messages ?? [];
    return messages.some(({ role, message }) => role === 'bot' && what.test(message));
  });

const weather = (messages?: object[]) => ({
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
  ...(messages && { messages }),
});

interface ToolCallView {
  id: string;
  type: string;
  function: { name: string; arguments: object };
}

interface ModelMessage {
  role: string;
  content: string;
  tool_calls?: unknown[];
}

/** What the model was sent with its nth request. */
const sentTo = (model: FakeOpenAi, request: number) =>
  (model.requests[request]?.body.messages ?? []) as ModelMessage[];

const toolCalls = (message: Record<string, unknown> | undefined) =>
  (message?.toolCallList ?? []) as ToolCallView[];

const result = (request: { message: Record<string, unknown> | undefined }, extra: object) => {
  const [call] = toolCalls(request.message);
  return { json: { results: [{ toolCallId: call?.id, ...extra }] } };
};

describe('a function tool', { concurrency: 4 }, async () => {
  test('asks the server, and its result goes to the model', async (t) => {
    const answers = [callsTool('weather', { city: 'Ulm' }), says('It is sunny.')];
    const { number, model } = await numberOf(t, answers, [weather()]);
    number.customer.answer('tool-calls', (request) => result(request, { result: 'sunny, 24 degrees' }));
    const call = await number.dial();
    await call.answered;
    const { message } = await number.customer.next('tool-calls');
    const [asked] = toolCalls(message);
    assert.equal(asked?.type, 'function');
    assert.deepEqual(asked?.function, { name: 'weather', arguments: { city: 'Ulm' } });
    assert.ok(Array.isArray(message?.toolWithToolCallList));
    assert.equal(
      (message?.call as { id?: string } | undefined)?.id,
      (await scene.exchange.callTo(number.id))?.id,
    );
    await spoken(number, /sunny/);
    await call.hangup();
    const record = await number.ended();
    const toolMessage = sentTo(model, 1).at(-1);
    assert.deepEqual([toolMessage?.role, toolMessage?.content], ['tool', 'sunny, 24 degrees']);
    const lines = await scene.exchange.timeline(record.id);
    assert.ok(lines.some(({ type, data }) => type === 'server.asked' && data.question === 'tool-calls'));
  });

  test('speaks its messages: while it waits, and when it has failed', await withHearing(), async (t) => {
    const messages = [
      { type: 'request-start', content: 'Let me look.' },
      { type: 'request-failed', content: 'That did not work.' },
    ];
    const { number } = await numberOf(t, [callsTool('weather', { city: 'Ulm' })], [weather(messages)]);
    number.customer.answer('tool-calls', { status: 500, delayMs: 2_500 });
    const call = await number.dial();
    await call.answered;
    const expected = ['let me look', 'that did not work'];
    assert.equal(await scene.phone.understand(await call.nextSpurt(15_000), expected), 'let me look');
    assert.equal(await scene.phone.understand(await call.nextSpurt(15_000), expected), 'that did not work');
    await call.hangup();
    await number.ended();
  });
});

describe('a transfer by the agent', { concurrency: 4 }, async () => {
  const transferTool = (destinations: object[]) => ({ type: 'transferCall', destinations });

  test('says so, dials, joins the caller, and the call ends as forwarded', await withHearing(), async (t) => {
    const destination = destinationOf(scene.operator, 'agent-desk');
    const answers = [callsTool('transferCall', { destination: destination.sipUri })];
    const { number } = await numberOf(t, answers, [transferTool([destination])]);
    const call = await number.dial();
    await call.answered;
    const spurt = await call.nextSpurt(15_000);
    assert.equal(
      await scene.phone.understand(spurt, ['transferring the call now', 'hello']),
      'transferring the call now',
    );
    const desk = await callTo(scene.operator, 'agent-desk');
    await desk.answered;
    const heard = call.nextSpurt(10_000);
    await new Promise((resolve) => setTimeout(resolve, 300)); // the bridge is joined after the answer
    await scene.phone.say(desk, 'This is the front desk.');
    assert.equal(
      await scene.phone.understand(await heard, ['this is the front desk', 'hello']),
      'this is the front desk',
    );
    await call.hangup();
    await desk.whenEnded(5_000);
    const record = await number.ended();
    assert.equal(record.endedReason, 'assistant-forwarded-call');
    const statuses = number.customer.all('status-update').map(({ message }) => message?.status);
    assert.deepEqual(statuses, ['ringing', 'in-progress', 'forwarding', 'ended']);
  });

  test('that is not answered leaves the caller with the agent, whose model is told', async (t) => {
    const nobody = { type: 'sip', sipUri: 'sip:nobody@127.0.0.1:9' };
    const answers = [
      callsTool('transferCall', { destination: nobody.sipUri }),
      says('Sorry, nobody is there.'),
    ];
    const { number, model } = await numberOf(t, answers, [
      transferTool([
        { ...nobody, message: '', transferPlan: { mode: 'blind-transfer', sipVerb: 'dial', dialTimeout: 1 } },
      ]),
    ]);
    const call = await number.dial();
    await call.answered;
    await call.nextSpurt(20_000);
    await call.hangup();
    const record = await number.ended();
    assert.equal(record.endedReason, 'customer-ended-call');
    const told = sentTo(model, 1).at(-1);
    assert.match(told?.content ?? '', /transfer failed/i);
    const { transfers } = record.artifact as { transfers?: { outcome?: string }[] };
    assert.notEqual(transfers?.[0]?.outcome, 'connected');
  });

  test('without destinations asks the server where to', async (t) => {
    const { number } = await numberOf(t, [callsTool('transferCall')], [transferTool([])]);
    const destination = { ...destinationOf(scene.operator, 'server-said'), message: '' };
    number.customer.answer('transfer-destination-request', { json: { destination } });
    const call = await number.dial();
    await call.answered;
    await callTo(scene.operator, 'server-said');
    await call.hangup();
    await number.ended();
    assert.equal(number.customer.all('transfer-destination-request').length, 1);
  });
});

/** What the next assistant's model is sent where one hands over by its first answer: who speaks, and what. */
const HANDED: Record<string, string[]> = {
  'rolling-history': [
    'system: You are Reception.',
    'assistant: One moment. + handoff',
    'tool: The caller was handed over.',
    'system: You are Billing.',
  ],
  'swap-system-message-in-history': [
    'system: You are Billing.',
    'assistant: One moment. + handoff',
    'tool: The caller was handed over.',
  ],
  'swap-system-message-in-history-and-remove-transfer-tool-messages': [
    'system: You are Billing.',
    'assistant: One moment.',
  ],
  'delete-history': ['system: You are Billing.'],
};

describe('a squad', { concurrency: 4 }, async () => {
  async function squadOf(t: TestContext, mode?: string) {
    const first = await modelFor(t, [callsTool('handoff_to_Billing', { destination: 'Billing' })]);
    const second = await modelFor(t, [says('Billing here, I know what you said.')]);
    const member = (name: string, url: string, extra: object) => ({
      assistant: assistant({
        name,
        model: { ...customModel(url), messages: [{ role: 'system', content: `You are ${name}.` }] },
        firstMessageMode: 'assistant-speaks-first-with-model-generated-message',
      }),
      ...extra,
    });
    const { id: squadId } = await scene.exchange.api<{ id: string }>('POST', '/squad', {
      name: 'Office',
      members: [
        member('Reception', first.url, {
          assistantDestinations: [
            {
              type: 'assistant',
              assistantName: 'Billing',
              message: 'One moment.',
              description: 'Questions about bills.',
              ...(mode && { transferMode: mode }),
            },
          ],
        }),
        member('Billing', second.url, {}),
      ],
    });
    const number = await scene.number({ squadId }, { json: {} });
    return { number, first, second };
  }

  test('hands the caller from one assistant to the next, with what was said', async (t) => {
    const { number, first, second } = await squadOf(t);
    const call = await number.dial();
    await call.answered;
    await number.customer.next('assistant.started');
    const started = await number.customer.next('assistant.started', 15_000);
    await spoken(number, /Billing here/);
    await call.hangup();
    const record = await number.ended();
    const [tool] = (first.requests[0]?.body.tools ?? []) as { function: { name: string } }[];
    assert.match(tool?.function.name ?? '', /handoff/);
    const { assistant: speaks } = (started.message ?? {}) as { assistant?: { name?: string } };
    assert.equal(speaks?.name, 'Billing');
    const sent = sentTo(second, 0);
    assert.ok(sent.some(({ content }) => content === 'You are Billing.'));
    const types = (await scene.exchange.timeline(record.id)).map(({ type }) => type);
    assert.ok(types.includes('agent.handed-off'));
    assert.equal(types.filter((type) => type === 'call.ended').length, 1);
  });

  for (const [mode, handed] of Object.entries(HANDED)) {
    test(`hands over by ${mode} what that leaves of it`, async (t) => {
      const { number, second } = await squadOf(t, mode);
      const call = await number.dial();
      await call.answered;
      await number.customer.next('assistant.started');
      await number.customer.next('assistant.started', 15_000);
      await spoken(number, /Billing here/);
      await call.hangup();
      await number.ended();
      const sent = sentTo(second, 0);
      assert.deepEqual(
        sent.map(
          ({ role, content, tool_calls: done }) => `${role}: ${content}${done?.length ? ' + handoff' : ''}`,
        ),
        handed,
      );
    });
  }
});
