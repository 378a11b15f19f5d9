import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { withHearing } from '../support/hearing.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant, scripted } from '../support/test-agents.ts';
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

const HOURS = 'We are open from seven to six.';
const GREETING = 'Hello. How can I help you?';

async function spokenIn(numberId: string): Promise<string[]> {
  const { artifact } = await exchange.endedCall(numberId);
  return artifact.messages.map(({ role, message }) => `${role}: ${message}`);
}

describe('the first message', { concurrency: true }, async () => {
  test(
    "is filled in from the INVITE's X- headers and from the caller's name",
    await withHearing(),
    async () => {
      const { numberId } = await exchange.numberWith(
        'named',
        assistant({ firstMessage: 'Hello {{customer.name}} in {{city}}, your order is {{order-state}}.' }),
      );
      const call = await phone.dial(exchange.uri('named'), {
        from: 'sip:+14155550123@127.0.0.1',
        displayName: 'Ann',
        headers: [
          { name: 'X-City', value: 'Boston' },
          { name: 'x-Order-State', value: 'ready' },
        ],
      });
      await call.answered;
      const filled = 'Hello Ann in Boston, your order is ready.';
      const heard = await phone.understand(await call.nextSpurt(10_000), [filled, HOURS, GREETING]);
      await call.hangup();
      assert.match(heard, /hello ann in boston/);
      assert.deepEqual(await spokenIn(numberId), [`bot: ${filled}`]);
      const record = await exchange.callTo(numberId);
      assert.deepEqual(record?.customer, { number: '+14155550123', name: 'Ann' });
    },
  );

  test('without the variables of its template is spoken all the same', async () => {
    const { numberId } = await exchange.numberWith(
      'unnamed',
      assistant({ firstMessage: 'Hello {{customer.name | default: "dear caller"}}, welcome{{city}}.' }),
    );
    const call = await phone.dial(exchange.uri('unnamed'));
    await call.answered;
    await call.nextSpurt(10_000);
    await call.hangup();
    assert.deepEqual(await spokenIn(numberId), ['bot: Hello dear caller, welcome.']);
  });

  test(
    'is not spoken where the assistant waits for the user, who is answered',
    await withHearing(),
    async () => {
      const { numberId } = await exchange.numberWith(
        'waiter',
        assistant({
          firstMessage: 'This must not be heard.',
          firstMessageMode: 'assistant-waits-for-user',
          model: scripted(`Opening hours: ${HOURS}`),
        }),
      );
      const call = await phone.dial(exchange.uri('waiter'));
      await call.answered;
      await assert.rejects(call.nextStart(2_000), /nothing was heard/);
      const answer = call.nextSpurt(20_000);
      await phone.say(call, 'What are your opening hours?');
      const heard = await phone.understand(await answer, [HOURS, GREETING]);
      await call.hangup();
      assert.match(heard, /open from seven to six/);
      const [question, ...rest] = await spokenIn(numberId);
      assert.match(question ?? '', /^user: .*opening hours/i);
      assert.deepEqual(rest, [`bot: ${HOURS}`]);
    },
  );

  test('is made by the model where the assistant is set so', await withHearing(), async () => {
    const { numberId } = await exchange.numberWith(
      'generated',
      assistant({
        firstMessage: 'This must not be heard.',
        firstMessageMode: 'assistant-speaks-first-with-model-generated-message',
        model: scripted(`Opening hours: ${HOURS}`),
      }),
    );
    const call = await phone.dial(exchange.uri('generated'));
    await call.answered;
    const heard = await phone.understand(await call.nextSpurt(10_000), [HOURS, GREETING]);
    await call.hangup();
    assert.match(heard, /how can i help you/);
    assert.deepEqual((await spokenIn(numberId)).join(' '), `bot: ${GREETING}`);
  });
});
