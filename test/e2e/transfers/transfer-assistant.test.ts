import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { FakeAnswer } from '../../support/fake-openai.ts';
import { hears } from '../../support/hears.ts';
import { customModel, modelFor } from '../../support/test-agents.ts';
import { tone } from '../../support/tones.ts';
import { TransferScene } from '../../support/transfer-scene.ts';

let scene: TransferScene;

before(async () => {
  scene = await TransferScene.open();
});
after(() => scene.close());

const decides = (text: string, tool: string, input: object = {}): FakeAnswer => ({
  steps: [{ text }, { toolCall: { id: 't1', name: tool, arguments: JSON.stringify(input) } }],
});

/** A plan whose assistant speaks first, by this one answer. */
async function planOf(t: TestContext, answer: FakeAnswer, more: object = {}) {
  const model = await modelFor(t, [answer]);
  const transferAssistant = {
    model: { ...customModel(model.url), messages: [] },
    firstMessageMode: 'assistant-speaks-first-with-model-generated-message',
  };
  return { model, plan: { mode: 'warm-transfer-experimental', transferAssistant, ...more } };
}

describe('a transfer assistant', () => {
  test('talks to the operator alone, and joins the caller when it says so', async (t) => {
    const { model, plan } = await planOf(t, decides('Anna is on the line for you.', 'transferSuccessful'), {
      message: 'She has called twice.',
    });
    const { caller, number, atOperator, record } = await scene.transfer(t, { plan });
    const desk = await atOperator();
    await desk.answered;
    await desk.nextSpurt(15_000);
    await scene.outcome(number, 'connected');
    const both = Promise.all([hears(desk.media, 600), hears(caller.media, 1500)]);
    caller.media.play(tone(600, 1_500));
    desk.media.play(tone(1500, 1_500));
    await both;
    const [request] = model.requests;
    const sent = (request?.body.messages ?? []) as { role: string; content: string }[];
    assert.match(sent[0]?.content ?? '', /transferSuccessful/, 'its task');
    assert.ok(sent.some(({ content }) => content.includes('She has called twice.')));
    const names = ((request?.body.tools ?? []) as { function: { name: string } }[]).map(
      (tool) => tool.function.name,
    );
    assert.deepEqual(names, ['transferSuccessful', 'transferCancel']);
    await caller.hangup();
    await desk.whenEnded(5_000);
    const { transfer, endedReason } = await record();
    assert.equal(transfer.outcome, 'connected');
    assert.match(transfer.transcript ?? '', /AI: Anna is on the line for you/);
    assert.ok(transfer.messages?.some(({ role }) => role === 'tool_calls'));
    assert.equal(endedReason, 'assistant-forwarded-call');
  });

  test('gives a machine up: the caller is told, and the call ends as the plan says', async (t) => {
    const { plan } = await planOf(t, decides('Hello?', 'transferCancel', { reason: 'voicemail' }), {
      fallbackPlan: { message: 'Nobody is in the office now. Goodbye.' },
    });
    const { caller, atOperator, record, number } = await scene.transfer(t, { plan });
    const desk = await atOperator();
    await desk.whenEnded(15_000);
    assert.equal((await caller.whenEnded(15_000)).by, 'peer');
    const { transfer, endedReason } = await record();
    assert.deepEqual([transfer.outcome, transfer.status], ['voicemail', 'voicemail']);
    assert.equal(endedReason, 'call.in-progress.error-transfer-failed');
    const call = await scene.ringing.exchange.callTo(number.id);
    const said = (call?.artifact.messages ?? []).map(({ message }) => message);
    assert.ok(said.some((message) => /Nobody is in the office/.test(message ?? '')));
  });

  test('whose caller stays has the agent again, with its memory', async (t) => {
    const { plan } = await planOf(t, decides('Hello?', 'transferCancel', { reason: 'declined' }), {
      fallbackPlan: { message: 'They are busy. Can I help you?', endCallEnabled: false },
    });
    const { caller, atOperator, record, number } = await scene.transfer(t, { plan });
    const desk = await atOperator();
    await desk.whenEnded(15_000);
    await caller.nextSpurt(15_000);
    assert.equal(caller.end, undefined);
    await caller.hangup();
    await number.ended();
    const { transfer, endedReason, statuses } = await record();
    assert.deepEqual([transfer.outcome, transfer.status], ['rejected', 'failed']);
    assert.equal(endedReason, 'customer-ended-call');
    assert.deepEqual(statuses, ['ringing', 'in-progress', 'forwarding', 'in-progress', 'ended']);
  });
});
