import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { withHearing } from '../support/hearing.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

const GREETING = 'Hello, this is the Riverside Bakery. How can I help you?';
const PARKING = 'There is free parking behind the house.';

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

test(
  'the demo number stands from the first start and answers a caller from loopback',
  await withHearing(),
  async () => {
    const { demoUri } = exchange.offhook;
    assert.ok(demoUri);
    const call = await phone.dial(demoUri);
    await call.answered;
    assert.match(
      await phone.understand(await call.nextSpurt(10_000), [GREETING, PARKING]),
      /riverside bakery/,
    );
    const answer = call.nextSpurt(30_000);
    await phone.say(call, 'Is there parking?');
    assert.match(await phone.understand(await answer, [GREETING, PARKING]), /parking behind the house/);
    const farewell = call.nextSpurt(30_000);
    await phone.say(call, 'Goodbye.');
    await farewell;
    assert.equal((await call.whenEnded(5_000)).by, 'peer');
    const numbers = await exchange.api<{ id: string; name: string }[]>('GET', '/phone-number');
    const demo = numbers.find(({ name }) => name === 'Demo number');
    assert.ok(demo);
    const record = await exchange.endedCall(demo.id);
    assert.equal(record.endedReason, 'assistant-ended-call-after-message-spoken');
  },
);
