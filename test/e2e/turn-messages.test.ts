import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { FakeAnswer } from '../support/fake-openai.ts';
import { withHearing } from '../support/hearing.ts';
import { openRingingScene, type RingingScene } from '../support/ringing-scene.ts';
import { assistant, customModel, LONG_MESSAGE, modelFor } from '../support/test-agents.ts';

/** Longer than a caller bears without a sound. */
const SLOW_MS = 5_000;

type Json = Record<string, unknown>;

let scene: RingingScene;

before(async () => {
  scene = await openRingingScene();
});

after(() => scene.close());

/** An assistant whose model speaks first. @returns its id */
async function agentOf(context: TestContext, answers: FakeAnswer[], settings: object = {}, tools?: object[]) {
  const model = customModel((await modelFor(context, answers)).url, tools);
  const firstMessageMode = 'assistant-speaks-first-with-model-generated-message';
  const body = assistant({ firstMessageMode, model, ...settings });
  return (await scene.exchange.api<{ id: string }>('POST', '/assistant', body)).id;
}

describe("within a turn the customer's server is told", { concurrency: 4 }, async () => {
  test('that the agent lets the caller wait, once', async (t) => {
    const steps = [{ delayMs: SLOW_MS }, { text: 'Thank you for waiting.' }];
    const number = await scene.number({ assistantId: await agentOf(t, [{ steps }]) }, { json: {} });
    const call = await number.dial();
    await call.answered;
    await number.customer.next('hang', SLOW_MS + 5_000);
    await call.nextSpurt(15_000);
    await call.hangup();
    await number.ended();
    assert.equal(number.customer.all('hang').length, 1);
  });

  test('what the model gave, whom it asks for, and who has taken over', async (t) => {
    // Of a handoff the one who takes over tells.
    const billing = await agentOf(t, [{ steps: [{ text: 'Billing here.' }] }], {
      name: 'Billing',
      serverMessages: ['transfer-update', 'assistant.started'],
    });
    const input = { destination: 'dynamic', topic: 'a bill' };
    const toolCall = { id: 'c1', name: 'ask_who', arguments: JSON.stringify(input) };
    const steps = [{ text: 'One moment.' }, { toolCall }];
    const handoff = {
      type: 'handoff',
      destinations: [{ type: 'dynamic' }],
      function: { name: 'ask_who', parameters: { type: 'object', properties: {} } },
    };
    const settings = { name: 'Reception', serverMessages: ['model-output', 'handoff-destination-request'] };
    const assistantId = await agentOf(t, [{ steps }], settings, [handoff]);
    const number = await scene.number({ assistantId }, { json: {} });
    number.customer.answer('handoff-destination-request', {
      json: { destination: { type: 'assistant', assistantId: billing } },
    });
    const call = await number.dial();
    await call.answered;
    const { message: asked } = await number.customer.next('handoff-destination-request');
    assert.deepEqual(asked?.parameters, input);
    const { message: moved } = await number.customer.next('transfer-update');
    const names = [moved?.fromAssistant, moved?.toAssistant].map((one) => (one as Json | undefined)?.name);
    assert.deepEqual(names, ['Reception', 'Billing']);
    await number.customer.next('assistant.started', 15_000);
    await call.hangup();
    await number.ended();
    const [text, calls] = number.customer.all('model-output').map(({ message }) => message?.output);
    assert.equal(text, 'One moment.');
    assert.deepEqual(
      (calls as { id: string; function: Json }[]).map(({ id, function: called }) => [id, called.arguments]),
      [['c1', input]],
    );
  });

  test('that the caller has cut the agent off', await withHearing(), async (t) => {
    const assistantId = await agentOf(t, [{ steps: [{ text: 'I listen.' }] }], {
      firstMessageMode: 'assistant-speaks-first',
      firstMessage: LONG_MESSAGE,
      firstMessageInterruptionsEnabled: true,
    });
    const number = await scene.number({ assistantId }, { json: {} });
    const call = await number.dial();
    await call.answered;
    const cut = call.nextSpurt(20_000);
    await call.nextStart(10_000);
    await scene.phone.say(call, 'Thank you but I need to know when you open.');
    await cut;
    const { message } = await number.customer.next('user-interrupted');
    assert.equal(typeof message?.turnId, 'string');
    await call.hangup();
    await number.ended();
  });
});
