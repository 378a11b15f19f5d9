import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { PhoneCall } from '../../src/phone/phone-call.ts';
import { withHearing } from '../support/hearing.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant, customModel, LONG_MESSAGE, modelFor } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

/** From the caller's first word to silence: the plan's 0.2 s of voice, the detection and the jitter buffer, and a busy machine. */
const SILENT_WITHIN_MS = 1_000;
const ANSWER = 'Wait a moment please.';

let exchange: RunningExchange;
let phone: TestPhone;

before(async () => {
  exchange = await startExchange({ OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8' });
  phone = await openTestPhone();
});

after(async () => {
  await phone.close();
  await exchange.stop();
});

/** When the caller's next words leave the telephone, on the clock of the frames. */
function nextWordsAt(call: PhoneCall): Promise<number> {
  return new Promise((resolve) => {
    const stop = call.media.playout.on((event) => {
      if (event.type !== 'started') return;
      stop();
      resolve(event.at);
    });
  });
}

describe('barge-in', { concurrency: true }, async () => {
  test(
    'a caller who speaks over a long answer silences it, and what he did not hear is in no history',
    await withHearing(),
    async (t) => {
      const model = await modelFor(t, [{ steps: [{ text: LONG_MESSAGE }] }, { steps: [{ text: ANSWER }] }]);
      const { numberId } = await exchange.numberWith(
        'talker',
        assistant({ firstMessageMode: 'assistant-waits-for-user', model: customModel(model.url) }),
      );
      const call = await phone.dial(exchange.uri('talker'));
      await call.answered;
      const speaks = call.nextStart(20_000);
      await phone.say(call, 'How do you make your bread?');
      await speaks;
      const cut = call.nextSpurt(30_000);
      await new Promise((resolve) => setTimeout(resolve, 3_000)); // as long as the caller listens
      assert.ok(call.ear.isHearingSpeech, 'the agent still speaks');
      const saidAt = nextWordsAt(call);
      const said = phone.say(call, 'Thank you but I need to know when you open.');
      const heard = await cut;
      const silentAfterMs = heard.endedAt - (await saidAt);
      assert.ok(silentAfterMs < SILENT_WITHIN_MS, `silent ${silentAfterMs} ms after the caller's first word`);
      await said;
      const answer = call.ear.isHearingSpeech ? undefined : await call.nextStart(20_000);
      assert.ok(answer === undefined || answer > heard.endedAt);
      await call.nextSpurt(20_000);
      await call.hangup();

      const record = await exchange.endedCall(numberId);
      const spoken = record.artifact.messages.filter(({ role }) => role === 'bot');
      const [interrupted, answered] = spoken;
      assert.equal(spoken.length, 2, JSON.stringify(spoken));
      assert.ok(interrupted?.interrupted);
      assert.ok(LONG_MESSAGE.startsWith(interrupted.message), interrupted.message);
      assert.ok(interrupted.message.startsWith('Let me tell'), 'what was heard is kept');
      assert.ok(interrupted.message.length < LONG_MESSAGE.length / 2, 'what was not heard is not');
      assert.equal(answered?.message, ANSWER);
      assert.equal(answered?.interrupted, undefined);
      const messages = model.requests.at(-1)?.body.messages as { role: string; content: string }[];
      assert.deepEqual(
        messages.filter(({ role }) => role === 'assistant').map(({ content }) => content),
        [interrupted.message],
      );
      const line = (await exchange.timeline(record.id)).find(({ type }) => type === 'speech.interrupted');
      assert.equal(line?.data.playedText, interrupted.message);
    },
  );

  test('a first message that may not be interrupted is heard to its end', async (t) => {
    const model = await modelFor(t, [{ steps: [{ text: ANSWER }] }]);
    const message = 'This call is recorded for the training of our bakers and of their assistants.';
    const { numberId } = await exchange.numberWith(
      'firm',
      assistant({
        firstMessage: message,
        firstMessageInterruptionsEnabled: false,
        model: customModel(model.url),
      }),
    );
    const call = await phone.dial(exchange.uri('firm'));
    await call.answered;
    await call.nextStart(5_000);
    const whole = call.nextSpurt(15_000);
    await phone.say(call, 'Stop it please.');
    assert.ok(call.ear.isHearingSpeech, 'the agent goes on');
    await whole;
    await call.hangup();
    const record = await exchange.endedCall(numberId);
    const [first] = record.artifact.messages.filter(({ role }) => role === 'bot');
    assert.deepEqual([first?.message, first?.interrupted], [message, undefined]);
  });
});
