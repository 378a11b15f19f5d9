import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { withHearing } from '../support/hearing.ts';
import { type CallView, type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

const APOLOGY = 'I am sorry, nobody can take your call at the moment. Please try again later. Goodbye.';
const OTHER = 'Welcome to the bakery, how may I help you today?';

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

async function bareNumber(user: string, number: object = {}): Promise<string> {
  const body = { provider: 'vapi', sipUri: `sip:${user}@sip.vapi.ai`, ...number };
  return (await exchange.api<{ id: string }>('POST', '/phone-number', body)).id;
}

/** Calls a number at which nobody can answer and listens until the exchange hangs up. */
async function hearOut(user: string, numberId: string) {
  const call = await phone.dial(exchange.uri(user));
  await call.answered;
  const heard = await call.nextSpurt(30_000);
  const end = await call.whenEnded(5_000);
  assert.equal(end.by, 'peer', 'the exchange says BYE');
  await call.hangup();
  assert.ok(heard.endedAt - heard.startedAt > 3_000, 'the sentence is heard to its end');
  return { heard, record: await exchange.endedCall(numberId) };
}

async function whyRouted({ id }: CallView): Promise<unknown> {
  return (await exchange.timeline(id)).find(({ type }) => type === 'call.routed')?.data;
}

describe('a call that no number takes', { concurrency: true }, () => {
  test('is refused with 404 where nobody has the number', async () => {
    const call = await phone.dial(exchange.uri('nobody'));
    await assert.rejects(call.answered, { status: 404 });
    assert.deepEqual(call.provisionals.includes(180), false, 'it never rings');
  });

  test('is refused with 480 while the number is being activated: its trunk takes no calls yet', async () => {
    const { id } = await exchange.api<{ id: string }>('POST', '/credential', {
      provider: 'byo-sip-trunk',
      gateways: [{ ip: '192.0.2.1', inboundEnabled: false }],
    });
    const number = { provider: 'byo-phone-number', number: '+14155550123', credentialId: id };
    const made = await exchange.api<{ status: string }>('POST', '/phone-number', number);
    assert.equal(made.status, 'activating');
    const call = await phone.dial(exchange.uri('+14155550123'));
    await assert.rejects(call.answered, { status: 480 });
  });

  test('is refused with 403 while the number is blocked', async () => {
    const { id: assistantId } = await exchange.api<{ id: string }>('POST', '/assistant', assistant({}));
    const numberId = await bareNumber('barred', { assistantId });
    const block = (blocked: boolean) => exchange.api('PATCH', `/admin/numbers/${numberId}`, { blocked });
    await block(true);
    const call = await phone.dial(exchange.uri('barred'));
    await assert.rejects(call.answered, { status: 403 });
    const calls = await exchange.api<unknown[]>('GET', `/call?phoneNumberId=${numberId}`);
    assert.deepEqual(calls, []);
    await block(false);
    const taken = await phone.dial(exchange.uri('barred'));
    await taken.answered;
    await taken.hangup();
  });
});

describe('a call to a number at which nobody can answer', { concurrency: true }, async () => {
  test(
    'hears one neutral sentence and then the end, with the cause in the record alone',
    await withHearing(),
    async () => {
      const numberId = await bareNumber('vacant');
      const { heard, record } = await hearOut('vacant', numberId);
      assert.match(await phone.understand(heard, [APOLOGY, OTHER]), /nobody can take your call.*goodbye/);
      assert.equal(record.endedReason, 'call-start-error-neither-assistant-nor-server-set');
      assert.deepEqual(record.artifact.messages, []);
      assert.equal(record.artifact.stereoRecordingUrl, undefined);
    },
  );

  test('has the reason assistant-not-found where its assistant was deleted', async () => {
    const { numberId, assistantId } = await exchange.numberWith('orphan', assistant({ firstMessage: 'Hi.' }));
    await exchange.api('DELETE', `/assistant/${assistantId}`);
    const { record } = await hearOut('orphan', numberId);
    assert.equal(record.endedReason, 'assistant-not-found');
  });

  test('names the squad that does not exist', async () => {
    const numberId = await bareNumber('team', { squadId: '00000000-0000-4000-8000-000000000001' });
    const { record } = await hearOut('team', numberId);
    assert.equal(record.endedReason, 'call.start.error-get-resources-validation');
    assert.match(JSON.stringify(await whyRouted(record)), /squad 00000000-0000-4000-8000-000000000001/);
  });

  test('has a failed assistant-request where the server must not be reached', async () => {
    const numberId = await bareNumber('asking', { server: { url: 'http://127.0.0.1:9/vapi' } });
    const { record } = await hearOut('asking', numberId);
    assert.equal(record.endedReason, 'assistant-request-failed');
    assert.match(JSON.stringify(await whyRouted(record)), /loopback/);
  });
});
