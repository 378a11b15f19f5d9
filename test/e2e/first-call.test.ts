import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { withHearing } from '../support/hearing.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

let exchange: RunningExchange;
let phone: TestPhone;

before(async () => {
  exchange = await startExchange();
  phone = await openTestPhone();
});

after(async () => {
  await phone.close();
  await exchange.stop();
});

const GREETING = 'Hello, this is the bakery. How can I help you?';
const HOURS = 'We are open from seven to six.';

test(
  'a number made through the API answers a call, speaks, understands a question and answers it',
  await withHearing(),
  async () => {
    const { numberId } = await exchange.numberWith('bakery', {
      firstMessage: GREETING,
      model: {
        provider: 'offhook',
        messages: [{ role: 'system', content: `Opening hours: ${HOURS}` }],
      },
    });
    const call = await phone.dial(exchange.uri('bakery'));
    await call.answered;
    const greeting = await call.nextSpurt(10_000);
    assert.match(await phone.understand(greeting, [GREETING, HOURS]), /this is the bakery/);
    const answer = call.nextSpurt(15_000);
    await phone.say(call, 'What are your opening hours?');
    assert.match(await phone.understand(await answer, [GREETING, HOURS]), /we are open from seven to six/);
    await call.hangup();

    const record = await exchange.endedCall(numberId);
    assert.equal(record.endedReason, 'customer-ended-call');
    const spoken = record.artifact.messages.map(({ role, message }) => [role, message]);
    assert.deepEqual(spoken.at(-3), ['bot', GREETING]);
    assert.match(spoken.at(-2)?.[1] ?? '', /opening hours/i);
    assert.match(spoken.at(-1)?.[1] ?? '', /seven to six/);
    const [turn] = record.artifact.performanceMetrics?.turnLatencies ?? [];
    assert.ok(turn, 'the answer has its latency');
  },
);
