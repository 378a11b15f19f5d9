import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { until } from '../support/until.ts';

const RING_DELAY_MS = 1_500;

let exchange: RunningExchange;
let phone: TestPhone;

before(async () => {
  exchange = await startExchange({ OFFHOOK_RING_DELAY_MS: String(RING_DELAY_MS) });
  phone = await openTestPhone();
});

after(async () => {
  await phone.close();
  await exchange.stop();
});

describe('a call that rings first', { concurrency: true }, () => {
  test('ends as given up when the caller cancels before the answer', async () => {
    const { numberId } = await exchange.numberWith('patient', assistant({ firstMessage: 'Hello.' }));
    const call = await phone.dial(exchange.uri('patient'));
    await until('180', () => call.provisionals.includes(180));
    await until('the ringing call in the API', async () => {
      const ringing = await exchange.callTo(numberId);
      return ringing?.status === 'ringing';
    });
    call.cancel();
    await assert.rejects(call.answered, { status: 487 });
    const record = await exchange.endedCall(numberId);
    assert.equal(record.endedReason, 'call.ringing.sip-inbound-caller-hungup-before-call-connect');
    assert.equal(record.startedAt, undefined, 'it was never answered');
    assert.deepEqual(record.artifact.messages, []);
    const types = (await exchange.timeline(record.id)).map(({ type }) => type);
    assert.equal(types.includes('call.answered'), false);
    assert.equal(types.filter((type) => type === 'call.ended').length, 1);
  });

  test('is answered after the ring delay, and only then speaks', async () => {
    const { numberId } = await exchange.numberWith('slow', assistant({ firstMessage: 'Hello.' }));
    const dialledAt = performance.now();
    const call = await phone.dial(exchange.uri('slow'));
    await call.answered;
    const rangMs = performance.now() - dialledAt;
    assert.ok(rangMs >= RING_DELAY_MS - 50 && rangMs < RING_DELAY_MS + 2_000, `answered after ${rangMs} ms`);
    assert.ok(call.provisionals.includes(180));
    await call.nextSpurt(5_000);
    await call.hangup();
    assert.equal((await exchange.endedCall(numberId)).endedReason, 'customer-ended-call');
  });
});
