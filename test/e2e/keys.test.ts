import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { PhoneCall } from '../../src/phone/phone-call.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../support/fake-openai.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant, customModel } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { until } from '../support/until.ts';

let exchange: RunningExchange;
let phone: TestPhone;
let model: FakeOpenAi;

before(async () => {
  exchange = await startExchange({ OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8' });
  phone = await openTestPhone();
  model = await startFakeOpenAi([{ steps: [{ text: 'One moment.' }] }]);
});

after(async () => {
  await phone.close();
  await exchange.stop();
  await model.close();
});

async function answeredCall(user: string, settings: object) {
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

const userTexts = () => {
  const messages = (model.requests.at(-1)?.body.messages ?? []) as { role: string; content: string }[];
  return messages.filter(({ role }) => role === 'user').map(({ content }) => content);
};

test('keys pressed together are one entry, later ones the next; without a plan none reaches the brain', async () => {
  const { numberId, call } = await answeredCall('recorded', {});
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

test('keys that come by SIP INFO are an entry like any other', async () => {
  const { numberId, call } = await answeredCall('informed', {});
  assert.equal(await call.pressByInfo('5'), 200);
  assert.equal(await call.pressByInfo('*'), 200);
  await until('the entry', async () => (await entries(numberId)).length === 1);
  await call.hangup();
  await exchange.endedCall(numberId);
  assert.deepEqual(await entries(numberId), ['user 5*']);
});

test('with keypadInputPlan an entry ends at its delimiter and the brain answers it', async () => {
  const plan = { enabled: true, timeoutSeconds: 10, delimiters: '#' };
  const { numberId, call } = await answeredCall('keypad', { keypadInputPlan: plan });
  const answer = call.nextSpurt(10_000);
  call.press('123#');
  await answer;
  assert.deepEqual(userTexts(), ['123']);
  await call.hangup();
  const record = await exchange.endedCall(numberId);
  assert.deepEqual(await entries(numberId), ['user 123']);
  assert.equal(record.artifact.messages.at(-1)?.message, 'One moment.');
});

/** Keys as the telephone hears them. */
function pressed(call: PhoneCall): { keys: string } {
  const heard = { keys: '' };
  call.media.dtmf.on(({ digit }) => {
    heard.keys += digit;
  });
  return heard;
}

test('keys that the agent presses with its tool reach the telephone, in order', async () => {
  model.answers.splice(
    0,
    1,
    {
      steps: [{ toolCall: { id: 'c1', name: 'dtmf', arguments: '{"dtmf":"1w204#"}' } }],
    },
    { steps: [{ text: 'Done.' }] },
  );
  const { numberId, call } = await answeredCall('presser', {
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
