import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { VapiClient } from '@vapi-ai/server-sdk';
import { withHearing } from '../support/hearing.ts';
import {
  type MessageView,
  type RunningExchange,
  startExchange,
  TEST_KEY,
} from '../support/running-exchange.ts';
import { assistant, scripted } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

const GREETING = 'Hello, this is the bakery.';
const HOURS = 'We are open from seven to six.';
/** Stages of an answer, in the order in which they happen. */
const STAGES = ['transcriptMs', 'commitMs', 'brainFirstTokenMs', 'voiceFirstAudioMs', 'rtpFirstPacketMs'];

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

/** Asks for the opening hours and hangs up. @returns the ended call. */
async function converse(user: string) {
  const model = scripted(`Opening hours: ${HOURS}`);
  const { numberId } = await exchange.numberWith(user, assistant({ firstMessage: GREETING, model }));
  const call = await phone.dial(exchange.uri(user));
  await call.answered;
  await call.nextSpurt(10_000);
  const answer = call.nextSpurt(30_000);
  const saidAt = await phone.say(call, 'What are your opening hours?');
  const { startedAt } = await answer;
  await call.hangup();
  return { record: await exchange.endedCall(numberId), heardAfterMs: startedAt - saidAt };
}

function assertTimes({ time, endTime }: MessageView, from: number, to: number): void {
  for (const instant of [time, endTime ?? time]) {
    assert.ok(Number.isInteger(instant), `${instant} is a whole millisecond`);
    assert.ok(instant >= from - 1 && instant <= to + 1, `${instant} lies within the call`);
  }
  assert.ok((endTime ?? time) >= time);
}

describe('the record of a call', { concurrency: true }, async () => {
  test(
    'times every message and every stage of an answer, as the caller measures it too',
    await withHearing(),
    async () => {
      const { record, heardAfterMs } = await converse('measured');
      const [from, to] = [record.startedAt, record.endedAt].map((instant) => Date.parse(instant ?? ''));
      const { messages, performanceMetrics } = record.artifact;
      assert.deepEqual(
        messages.map(({ role }) => role),
        ['bot', 'user', 'bot'],
      );
      for (const message of messages) assertTimes(message, from ?? 0, to ?? 0);
      const times = messages.map(({ time }) => time);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );

      assert.equal(performanceMetrics?.turnLatencies?.length, 1);
      const turn = performanceMetrics.turnLatencies[0] ?? {};
      const stages = STAGES.map((stage) => turn[stage] ?? Number.NaN);
      assert.ok(
        stages.every((ms) => ms >= 0),
        JSON.stringify(turn),
      );
      assert.deepEqual(
        stages,
        stages.toSorted((a, b) => a - b),
        JSON.stringify(turn),
      );
      const measured = turn.rtpFirstPacketMs ?? 0;
      // The caller counts from his last voiced packet to the first he hears, both jitter buffers and the silence before a word included.
      assert.ok(
        Math.abs(heardAfterMs - measured) < 700,
        `${measured} ms here, ${heardAfterMs} ms at the caller`,
      );
    },
  );

  test('is read by the official client, with its transcript', await withHearing(), async () => {
    const { record } = await converse('official');
    const client = new VapiClient({ token: TEST_KEY, baseUrl: exchange.offhook.httpUrl });
    const call = (await client.calls.get({ id: record.id })) as Vapi;
    assert.equal(call.status, 'ended');
    assert.equal(call.endedReason, 'customer-ended-call');
    assert.match(
      call.artifact?.transcript ?? '',
      /^AI: Hello, this is the bakery\.\nUser: .*opening hours.*\nAI: We are open from seven to six\.\n$/i,
    );
    assert.equal(call.artifact?.messages?.length, 3);
    const listed = await client.calls.list({ phoneNumberId: call.phoneNumberId ?? '', limit: 5 });
    assert.deepEqual(
      listed.map(({ id }) => id),
      [record.id],
    );
  });

  test('names in its timeline every field that is stored but does nothing yet', async () => {
    const { numberId } = await exchange.numberWith(
      'ahead',
      assistant({
        firstMessage: GREETING,
        backgroundSound: 'office',
        hooks: [{ on: 'call.ending', do: [{ type: 'say', exact: 'Bye.' }] }],
        model: scripted('Hours: We are open.', [{ type: 'endCall' }, { type: 'sms' }]),
      }),
      { server: { url: 'https://customer.example', staticIpAddressesEnabled: true } },
    );
    const call = await phone.dial(exchange.uri('ahead'));
    await call.answered;
    await call.nextSpurt(10_000);
    await call.hangup();
    const record = await exchange.endedCall(numberId);
    const lines = (await exchange.timeline(record.id)).filter(({ type }) => type === 'field.ignored');
    assert.deepEqual(
      lines.map(({ data }) => data.field),
      [
        'phoneNumber.server.staticIpAddressesEnabled',
        'assistant.backgroundSound',
        'assistant.hooks',
        'assistant.model.tools.sms',
      ],
    );
    assert.ok(lines.every(({ data }) => String(data.reason).length > 0));
  });
});

type Vapi = Awaited<ReturnType<VapiClient['calls']['get']>>;
