import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { PhoneCall } from '../../src/phone/phone-call.ts';
import type { FakeOpenAi } from '../support/fake-openai.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant, customModel, modelFor } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { until } from '../support/until.ts';

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

const ONE_ANSWER = [{ steps: [{ text: 'One moment.' }] }];

async function answeredCall(model: FakeOpenAi, user: string, settings: object) {
  const { numberId } = await exchange.numberWith(
    user,
    assistant({ firstMessage: 'Hello.', model: customModel(model.url), ...settings }),
  );
  const call = await phone.dial(exchange.uri(user));
  await call.answered;
  await call.nextSpurt(5_000);
  return { numberId, call };
}

/** Keyed entries of a call that is up, or has ended. */
async function entries(numberId: string): Promise<string[]> {
  const messages = (await exchange.callTo(numberId))?.artifact.messages ?? [];
  return messages
    .filter(({ inputMode }) => inputMode === 'dtmf')
    .map(({ role, message }) => `${role} ${message}`);
}

const userTexts = (model: FakeOpenAi) => {
  const messages = (model.requests.at(-1)?.body.messages ?? []) as { role: string; content: string }[];
  return messages.filter(({ role }) => role === 'user').map(({ content }) => content);
};

/** Keys as the telephone hears them. */
function pressed(call: PhoneCall): { keys: string } {
  const heard = { keys: '' };
  call.media.dtmf.on(({ digit }) => {
    heard.keys += digit;
  });
  return heard;
}

describe('the keypad', { concurrency: true }, () => {
  test('keys pressed together are one entry, later ones the next; without a plan none reaches the brain', async (t) => {
    const model = await modelFor(t, ONE_ANSWER);
    const { numberId, call } = await answeredCall(model, 'recorded', {});
    call.press('42#');
    await until('the first entry', async () => (await entries(numberId)).length === 1);
    call.press('7');
    await until('the second entry', async () => (await entries(numberId)).length === 2);
    assert.deepEqual(await entries(numberId), ['user 42#', 'user 7']);
    await call.hangup();
    const record = await exchange.endedCall(numberId);
    const received = (await exchange.timeline(record.id)).filter(({ type }) => type === 'dtmf.received');
    assert.deepEqual(
      received.map(({ data }) => data.digit),
      ['4', '2', '#', '7'],
    );
    assert.equal(model.requests.length, 0, 'the brain was not asked');
  });

  test('keys that come by SIP INFO are an entry like any other', async (t) => {
    const model = await modelFor(t, ONE_ANSWER);
    const { numberId, call } = await answeredCall(model, 'informed', {});
    assert.equal(await call.pressByInfo('5'), 200);
    assert.equal(await call.pressByInfo('*'), 200);
    await until('the entry', async () => (await entries(numberId)).length === 1);
    await call.hangup();
    await exchange.endedCall(numberId);
    assert.deepEqual(await entries(numberId), ['user 5*']);
  });

  test('with keypadInputPlan an entry ends at its delimiter and the brain answers it', async (t) => {
    const model = await modelFor(t, ONE_ANSWER);
    const plan = { enabled: true, timeoutSeconds: 10, delimiters: '#' };
    const { numberId, call } = await answeredCall(model, 'keypad', { keypadInputPlan: plan });
    const answer = call.nextSpurt(10_000);
    call.press('123#');
    await answer;
    assert.deepEqual(userTexts(model), ['123']);
    await call.hangup();
    const record = await exchange.endedCall(numberId);
    assert.deepEqual(await entries(numberId), ['user 123']);
    assert.equal(record.artifact.messages.at(-1)?.message, 'One moment.');
  });

  test('keys that the agent presses with its tool reach the telephone, in order', async (t) => {
    const model = await modelFor(t, [
      {
        steps: [{ toolCall: { id: 'c1', name: 'dtmf', arguments: '{"dtmf":"1w204#"}' } }],
      },
      { steps: [{ text: 'Done.' }] },
    ]);
    const { numberId, call } = await answeredCall(model, 'presser', {
      firstMessageMode: 'assistant-speaks-first',
      model: customModel(model.url, [{ type: 'dtmf' }]),
      keypadInputPlan: { enabled: true, timeoutSeconds: 0, delimiters: '' },
    });
    const heard = pressed(call);
    const spoken = call.nextSpurt(10_000);
    call.press('9');
    await until('all keys', () => heard.keys.length >= 5);
    await spoken;
    assert.equal(heard.keys, '1204#');
    await call.hangup();
    const record = await exchange.endedCall(numberId);
    const roles = record.artifact.messages.map(({ role }) => role);
    assert.deepEqual(roles, ['bot', 'user', 'tool_calls', 'tool_call_result', 'bot']);
  });
});
