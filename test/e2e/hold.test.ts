import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant, LONG_MESSAGE } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

/** Packets that may be under way or in the jitter buffer when the hold is agreed. */
const PACKETS_UNDER_WAY = 10;

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

test('a telephone on hold gets no audio; taken back it hears the agent again', async () => {
  const { numberId } = await exchange.numberWith('waiting', assistant({ firstMessage: LONG_MESSAGE }));
  const call = await phone.dial(exchange.uri('waiting'));
  await call.answered;
  await call.nextStart(5_000);
  await call.hold();
  const atHold = (await call.media.stats()).received;
  await sleep(1_500); // 75 packets, were the agent still sent
  const held = (await call.media.stats()).received - atHold;
  assert.ok(held <= PACKETS_UNDER_WAY, `${held} packets came while on hold`);
  assert.equal((await exchange.callTo(numberId))?.status, 'in-progress');

  const resumed = call.nextStart(10_000);
  await call.resume();
  await resumed;
  await call.hangup();
  const record = await exchange.endedCall(numberId);
  assert.equal(record.endedReason, 'customer-ended-call');
  const lines = await exchange.timeline(record.id);
  const types = lines
    .map(({ type }) => type)
    .filter((type) => type === 'call.held' || type === 'call.resumed');
  assert.deepEqual(types, ['call.held', 'call.resumed']);
  const [heldAt, resumedAt] = ['call.held', 'call.resumed'].map((wanted) =>
    Date.parse(lines.find(({ type }) => type === wanted)?.at ?? ''),
  );
  assert.ok((resumedAt ?? 0) - (heldAt ?? 0) >= 1_400, 'held for as long as it was');
});

test('a caller can hang up while he holds the line', async () => {
  const { numberId } = await exchange.numberWith('gone', assistant({ firstMessage: LONG_MESSAGE }));
  const call = await phone.dial(exchange.uri('gone'));
  await call.answered;
  await call.hold();
  await call.hangup();
  const record = await exchange.endedCall(numberId);
  assert.equal(record.endedReason, 'customer-ended-call');
  const types = (await exchange.timeline(record.id)).map(({ type }) => type);
  assert.equal(types.includes('call.held'), true);
  assert.equal(types.includes('call.resumed'), false);
});
