import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { withHearing } from '../support/hearing.ts';
import { type CallView, type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant, LONG_MESSAGE, scripted } from '../support/test-agents.ts';
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

const FAREWELL = 'Thank you for calling the bakery. Goodbye.';
const OTHER = 'We are open from seven to six.';

async function answeredCall(user: string, settings: object) {
  const { numberId } = await exchange.numberWith(user, assistant(settings));
  const call = await phone.dial(exchange.uri(user));
  await call.answered;
  return { numberId, call };
}

/** Exactly one end in the record, blamed on nobody where nobody failed. */
async function assertEndedOnce(record: CallView, reason: string): Promise<void> {
  assert.equal(record.endedReason, reason);
  const ends = (await exchange.timeline(record.id)).filter(({ type }) => type === 'call.ended');
  assert.deepEqual(
    ends.map(({ data }) => data.reason),
    [reason],
  );
}

const secondsUp = ({ startedAt = '', endedAt = '' }: CallView) =>
  (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;

describe('a call ends', { concurrency: true }, async () => {
  test('when the caller hangs up, amid the greeting: the record has what was heard of it', async () => {
    const { numberId, call } = await answeredCall('leaver', { firstMessage: LONG_MESSAGE });
    await call.nextStart(5_000);
    await new Promise((resolve) => setTimeout(resolve, 2_000)); // as long as the caller listens
    await call.hangup();
    const record = await exchange.endedCall(numberId);
    await assertEndedOnce(record, 'customer-ended-call');
    const [greeting] = record.artifact.messages;
    assert.ok(greeting && greeting.message.length < LONG_MESSAGE.length / 2, greeting?.message);
    assert.ok(LONG_MESSAGE.startsWith(greeting.message));
    assert.ok(greeting.message.startsWith('Let me'), greeting.message);
  });

  test(
    'when the agent calls endCall: the whole farewell is heard before the BYE',
    await withHearing(),
    async () => {
      const { numberId, call } = await answeredCall('polite', {
        firstMessage: 'Hello.',
        model: scripted(`Opening hours: ${OTHER}`, [{ type: 'endCall' }]),
        endCallMessage: FAREWELL,
      });
      await call.nextSpurt(5_000);
      const farewell = call.nextSpurt(20_000);
      await phone.say(call, 'Goodbye.');
      assert.match(await phone.understand(await farewell, [FAREWELL, OTHER]), /^thank you .* goodbye$/);
      assert.equal((await call.whenEnded(5_000)).by, 'peer');
      await call.hangup();
      const record = await exchange.endedCall(numberId);
      await assertEndedOnce(record, 'assistant-ended-call-after-message-spoken');
      assert.equal(record.artifact.messages.at(-1)?.message, FAREWELL);
    },
  );

  test(
    'when the agent has said an end call phrase, after the whole sentence',
    await withHearing(),
    async () => {
      const closed = 'We are closed today. Have a nice day, goodbye.';
      const { numberId, call } = await answeredCall('closed', {
        firstMessage: closed,
        endCallPhrases: ['have a nice day'],
      });
      const spurt = await call.nextSpurt(15_000);
      assert.match(await phone.understand(spurt, [closed, OTHER]), /closed today .* goodbye/);
      assert.equal((await call.whenEnded(5_000)).by, 'peer');
      await call.hangup();
      await assertEndedOnce(await exchange.endedCall(numberId), 'assistant-said-end-call-phrase');
    },
  );

  test('when nobody says anything for the silence time-out, counted from the last word', async () => {
    const { numberId, call } = await answeredCall('silent', {
      firstMessage: 'Hello there.',
      silenceTimeoutSeconds: 5,
    });
    assert.equal((await call.whenEnded(20_000)).by, 'peer');
    await call.hangup();
    const record = await exchange.endedCall(numberId);
    await assertEndedOnce(record, 'silence-timed-out');
    const lastWordAt = record.artifact.messages[0]?.endTime ?? 0;
    const silence = (Date.parse(record.endedAt ?? '') - lastWordAt) / 1000;
    assert.ok(silence > 4.8 && silence < 8, `ended ${silence} s after the last word`);
  });

  test('when its greatest duration has passed, although the agent still speaks', async () => {
    const { numberId, call } = await answeredCall('endless', {
      firstMessage: LONG_MESSAGE,
      maxDurationSeconds: 10,
    });
    assert.equal((await call.whenEnded(20_000)).by, 'peer');
    await call.hangup();
    const record = await exchange.endedCall(numberId);
    await assertEndedOnce(record, 'exceeded-max-duration');
    const seconds = secondsUp(record);
    assert.ok(seconds > 9.8 && seconds < 13, `up for ${seconds} s`);
    assert.ok((record.artifact.messages[0]?.message ?? LONG_MESSAGE).length < LONG_MESSAGE.length);
  });
});

test('no call is left when all have ended', () => {
  assert.equal(exchange.offhook.activeCalls, 0);
});
