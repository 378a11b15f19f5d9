import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Call } from '../../src/domain/calls/call.ts';
import { DialError, NoRoomError } from '../../src/flow/dialer.ts';
import { startDialingExchange } from '../support/dialing-exchange.ts';
import { RawCaller } from '../support/raw-caller.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { until } from '../support/until.ts';

let exchange: RunningExchange;
let phone: TestPhone;
let numberId: string;

before(async () => {
  exchange = await startExchange({ OFFHOOK_MAX_CALLS: '1' });
  phone = await openTestPhone();
  const agent = assistant({ firstMessage: 'Hello, this is the bakery.' });
  ({ numberId } = await exchange.numberWith('bakery', agent));
});

after(async () => {
  await phone.close();
  await exchange.stop();
});

test('beyond the calls that are allowed at a time new ones get 503 and when to come back, and the one that is up goes on', async () => {
  const caller = await RawCaller.open(exchange.offhook.sipPort);
  try {
    const call = await phone.dial(exchange.uri('bakery'));
    await call.answered;
    const answer = await caller.invite(exchange.uri('bakery'));
    assert.equal(answer.status, 503);
    const seconds = Number(answer.headers('Retry-After')[0]);
    assert.ok(seconds >= 1 && seconds <= 10, `Retry-After: ${seconds}`);
    await call.nextStart(5_000);
    await call.hangup();
    await exchange.endedCall(numberId);
    await until('there is room again', () => exchange.offhook.activeCalls === 0);
    assert.equal((await caller.invite(exchange.uri('bakery'))).status, 200);
    const metrics = await (await fetch(`${exchange.offhook.httpUrl}/metrics`)).text();
    assert.match(metrics, /^offhook_sip_requests_shed_total 1$/m);
    assert.match(metrics, /^offhook_overload_state\{state="draining"\} 0$/m);
    assert.equal(metrics.match(/^offhook_overload_state\{state="\w+"\} 1$/gm)?.length, 1);
  } finally {
    caller.close();
  }
});

test('a burst of calls has no more of them up than are allowed at a time', async () => {
  const callers = await Promise.all(
    Array.from({ length: 5 }, () => RawCaller.open(exchange.offhook.sipPort)),
  );
  try {
    await until('the call before has ended', () => exchange.offhook.activeCalls === 0);
    const answers = await Promise.all(callers.map((caller) => caller.invite(exchange.uri('bakery'))));
    const statuses = answers.map(({ status }) => status);
    assert.deepEqual(statuses.toSorted(), [200, 503, 503, 503, 503]);
    for (const { status, headers } of answers)
      if (status === 503) assert.equal(headers('Retry-After').length, 1);
    await until('there is room again', () => exchange.offhook.activeCalls === 0);
  } finally {
    for (const caller of callers) caller.close();
  }
});

test('an overloaded exchange begins no calls of its own, and goes on with the legs of those that are up', async () => {
  const dialing = await startDialingExchange({
    ports: { from: 37_600, to: 37_699 },
    mayDial: () => false,
    receive: async (leg) => leg.reject(486),
  });
  try {
    const sipUri = `sip:operator@127.0.0.1:${dialing.port}`;
    const call = { id: 'new', orgId: 'org', customer: {}, direction: 'outbound' } as Call;
    await assert.rejects(
      dialing.dial({ type: 'sip', sipUri }, { call }),
      (error) => error instanceof NoRoomError && /overloaded/.test(error.message),
    );
    const leg = await dialing.dial({ type: 'sip', sipUri }, { call: { ...call, direction: 'inbound' } });
    await assert.rejects(leg.answered, (error) => error instanceof DialError && error.outcome === 'busy');
  } finally {
    await dialing.close();
  }
});
