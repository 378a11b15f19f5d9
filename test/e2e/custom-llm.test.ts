import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { withHearing } from '../support/hearing.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant, customModel, modelFor, scripted } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

const GREETING = 'Hello, this is the bakery.';
const FIRST_SENTENCE = 'We have rye bread and rolls today.';
const SECOND_SENTENCE = 'They are still warm.';
const EXPECTED = [GREETING, FIRST_SENTENCE, 'We are open from seven to six.'];
/** The model is silent for so long between its two sentences: longer than the first takes to be spoken. */
const PAUSE_MS = 5_000;

let allowed: RunningExchange;
let guarded: RunningExchange;
let phone: TestPhone;

before(async () => {
  [allowed, guarded] = await Promise.all([
    startExchange({ OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8' }),
    startExchange(),
  ]);
  phone = await openTestPhone();
});

after(async () => {
  await phone.close();
  await Promise.all([allowed.stop(), guarded.stop()]);
});

async function greetedCall(exchange: RunningExchange, user: string, settings: object) {
  const { numberId } = await exchange.numberWith(user, assistant({ firstMessage: GREETING, ...settings }));
  const call = await phone.dial(exchange.uri(user));
  await call.answered;
  await call.nextSpurt(10_000);
  return { numberId, call };
}

describe('a custom model', { concurrency: true }, async () => {
  test('an answer of a custom model is spoken while it still comes', await withHearing(), async (t) => {
    const model = await modelFor(t, [
      {
        steps: [
          { text: 'We have rye bread ' },
          { text: `and rolls today. ` },
          { delayMs: PAUSE_MS },
          { text: SECOND_SENTENCE },
        ],
      },
    ]);
    const { numberId, call } = await greetedCall(allowed, 'streaming', { model: customModel(model.url) });
    const first = call.nextSpurt(20_000);
    await phone.say(call, 'What bread do you have?');
    const heard = await first;
    await call.nextSpurt(10_000);
    assert.match(await phone.understand(heard, EXPECTED), /rye bread and rolls/);
    await call.hangup();
    const record = await allowed.endedCall(numberId);
    assert.equal(record.artifact.messages.at(-1)?.message, `${FIRST_SENTENCE} ${SECOND_SENTENCE}`);
    const [request] = model.requests;
    assert.equal(request?.path, '/v1/chat/completions');
    assert.equal(request?.body.stream, true);
    assert.equal(request?.body.model, 'fake');
    const messages = request?.body.messages as { role: string; content: string }[];
    assert.deepEqual(
      messages.map(({ role }) => role),
      ['system', 'assistant', 'user'],
    );
    assert.equal(messages[1]?.content, GREETING);
    assert.match(messages[2]?.content ?? '', /\w/, 'what was heard of the question');
    const [turn] = record.artifact.performanceMetrics?.turnLatencies ?? [];
    assert.ok((turn?.rtpFirstPacketMs ?? Infinity) - (turn?.brainFirstTokenMs ?? 0) < PAUSE_MS);
  });

  test('a custom model that calls endCall says its words and hangs up', await withHearing(), async (t) => {
    const model = await modelFor(t, [
      {
        steps: [{ text: FIRST_SENTENCE }, { toolCall: { id: 'c1', name: 'endCall', arguments: '{}' } }],
      },
    ]);
    const { numberId, call } = await greetedCall(allowed, 'leaving', {
      model: customModel(model.url, [{ type: 'endCall' }]),
    });
    const last = call.nextSpurt(20_000);
    await phone.say(call, 'That was all, goodbye.');
    assert.match(await phone.understand(await last, EXPECTED), /rye bread and rolls today$/);
    assert.equal((await call.whenEnded(5_000)).by, 'peer');
    const record = await allowed.endedCall(numberId);
    assert.equal(record.endedReason, 'assistant-ended-call');
    const { tools } = (model.requests.at(-1)?.body ?? {}) as { tools: { function: { name: string } }[] };
    assert.deepEqual(
      tools.map((tool) => tool.function.name),
      ['endCall'],
    );
    const roles = record.artifact.messages.map(({ role }) => role);
    assert.deepEqual([...roles].sort(), ['bot', 'bot', 'tool_call_result', 'tool_calls', 'user']);
  });

  test(
    'a custom model on a private address is not reached unless that is allowed; the scripted brain answers',
    await withHearing(),
    async (t) => {
      const model = await modelFor(t, [{ steps: [{ text: FIRST_SENTENCE }] }]);
      const facts = scripted('Opening hours: We are open from seven to six.');
      const { numberId, call } = await greetedCall(guarded, 'private', {
        model: { ...customModel(model.url), ...facts, provider: 'custom-llm', tools: [] },
      });
      const answer = call.nextSpurt(30_000);
      await phone.say(call, 'What are your opening hours?');
      await answer;
      await call.hangup();
      const record = await guarded.endedCall(numberId);
      assert.equal(model.requests.length, 0, 'no request has left');
      const warned = (await guarded.timeline(record.id)).filter(({ data }) => data.code === 'brain-failed');
      assert.equal(warned.length, 1);
      assert.match(String(warned[0]?.data.message), /custom-llm failed.*scripted/);
      assert.equal(record.artifact.messages.at(-1)?.role, 'bot');
    },
  );
});
