import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { withHearing } from '../support/hearing.ts';
import {
  callTo,
  destinationOf,
  openRingingScene,
  type RingingScene,
  stagesOf,
} from '../support/ringing-scene.ts';
import { assistant } from '../support/test-agents.ts';

const CLOSED = 'We are closed today.';
const GREETING = 'Hello from the agent.';
const INDIAN = '+919876543210';
const GERMAN = '+4915112345678';

let scene: RingingScene;

before(async () => {
  scene = await openRingingScene();
});

after(() => scene.close());

const startsWith = (...prefixes: string[]) => ({ type: 'startsWith', key: 'number', startsWith: prefixes });
const say = (exact: string) => ({ type: 'say', exact });
const transfer = (user: string) => ({ type: 'transfer', destination: destinationOf(scene.operator, user) });
const ringing = (actions: object[], filters?: object[]) => ({
  hooks: [{ on: 'call.ringing', do: actions, ...(filters && { filters }) }],
});

async function boundNumber(fields: object) {
  const { id: assistantId } = await scene.exchange.api<{ id: string }>(
    'POST',
    '/assistant',
    assistant({ firstMessage: GREETING }),
  );
  return scene.number({ assistantId, ...fields });
}

describe('a call.ringing hook', { concurrency: true }, async () => {
  test(
    'says its sentence to a caller of its prefix and hangs up, and no assistant starts',
    await withHearing(),
    async () => {
      const number = await boundNumber(
        ringing([say(CLOSED), transfer('never-dialled')], [startsWith('91', '86')]),
      );
      const call = await number.dial({ from: INDIAN });
      await call.answered;
      const heard = await scene.phone.understand(await call.nextSpurt(15_000), [CLOSED, GREETING]);
      assert.equal(heard, 'we are closed today');
      assert.equal((await call.whenEnded(10_000)).by, 'peer');
      const record = await number.ended();
      assert.equal(record.endedReason, 'call.ringing.hook-executed-say');
      assert.equal(record.assistantId, undefined);
      const types = (await scene.exchange.timeline(record.id)).map(({ type }) => type);
      assert.equal(types.includes('agent.started'), false);
      assert.equal(
        scene.operator.calls.some(({ session }) => session.request.uri.user === 'never-dialled'),
        false,
        'only the first action runs',
      );
    },
  );

  test('lets a caller of another prefix pass to the assistant', async () => {
    const number = await boundNumber(ringing([say(CLOSED)], [startsWith('91')]));
    const call = await number.dial({ from: GERMAN });
    await call.answered;
    await call.nextStart(10_000);
    await call.hangup();
    const record = await number.ended();
    assert.equal(record.endedReason, 'customer-ended-call');
    assert.deepEqual(await stagesOf(scene.exchange, record), ['call.ringing hook skipped', 'binding taken']);
  });

  test('runs only where all of its filters match', async () => {
    const both = await boundNumber(ringing([say(CLOSED)], [startsWith('91'), startsWith('9198')]));
    const one = await boundNumber(ringing([say(CLOSED)], [startsWith('91'), startsWith('44')]));
    const calls = await Promise.all([both.dial({ from: INDIAN }), one.dial({ from: INDIAN })]);
    await Promise.all(calls.map((call) => call.answered));
    await calls[1].nextStart(10_000);
    await calls[1].hangup();
    assert.equal((await both.ended()).endedReason, 'call.ringing.hook-executed-say');
    assert.equal((await one.ended()).endedReason, 'customer-ended-call');
  });

  test('without a filter takes every call, the anonymous as well', async () => {
    const number = await boundNumber(ringing([say(CLOSED)]));
    const call = await number.dial({ from: 'sip:anonymous@anonymous.invalid' });
    await call.answered;
    assert.equal((await number.ended()).endedReason, 'call.ringing.hook-executed-say');
  });

  test(
    'transfers to a SIP address: the caller rings until it answers, then both hear each other',
    await withHearing(),
    async () => {
      scene.operator.manner = { does: 'answer', ringMs: 300 };
      const number = await boundNumber(ringing([transfer('hook-desk')]));
      const call = await number.dial({ from: INDIAN, displayName: 'Ravi' });
      const desk = await callTo(scene.operator, 'hook-desk');
      assert.match(desk.header('From') ?? '', /919876543210/, 'the operator sees the caller');
      await call.answered;
      assert.ok(call.provisionals.includes(180));
      const atDesk = desk.nextSpurt(10_000);
      await scene.phone.say(call, 'Is anybody there?');
      assert.equal(
        await scene.phone.understand(await atDesk, ['is anybody there', GREETING]),
        'is anybody there',
      );
      const atCaller = call.nextSpurt(10_000);
      await scene.phone.say(desk, 'This is the front desk.');
      assert.equal(
        await scene.phone.understand(await atCaller, ['this is the front desk', GREETING]),
        'this is the front desk',
      );
      await desk.hangup();
      await call.whenEnded(5_000);
      const record = await number.ended();
      assert.equal(record.endedReason, 'call.ringing.hook-executed-transfer');
      const { transfers } = record.artifact as { transfers?: { outcome?: string; status?: string }[] };
      assert.deepEqual([transfers?.[0]?.status, transfers?.[0]?.outcome], ['connected', 'connected']);
    },
  );
});

test('a call.ringing hook with several transfers tries them in order', async () => {
  scene.operator.manner = { does: 'refuse', status: 486 };
  const nobody = { type: 'transfer', destination: { type: 'sip', sipUri: 'sip:nobody@127.0.0.1:9' } };
  const number = await scene.number(ringing([nobody, transfer('busy-desk')]));
  const call = await number.dial({ from: INDIAN });
  await callTo(scene.operator, 'busy-desk', 20_000);
  await call.whenEnded(20_000);
  scene.operator.manner = { does: 'answer' };
  const record = await number.ended();
  const { transfers = [] } = record.artifact as unknown as { transfers?: { outcome?: string }[] };
  assert.deepEqual(
    transfers.map(({ outcome }) => outcome),
    ['unreachable', 'busy'],
  );
  assert.equal(record.endedReason, 'call.forwarding.operator-busy');
});

test('a call.ringing hook transfers to a number through a trunk', async () => {
  const { id: credentialId } = await scene.exchange.api<{ id: string }>('POST', '/credential', {
    provider: 'byo-sip-trunk',
    name: 'Office line',
    gateways: [{ ip: '127.0.0.1', port: scene.operator.port, inboundEnabled: false }],
    outboundLeadingPlusEnabled: true,
  });
  const destination = { type: 'number', number: '+12125550199', callerId: '+12125550100' };
  const number = await scene.number(ringing([{ type: 'transfer', destination }]));
  const call = await number.dial({ from: INDIAN });
  const desk = await callTo(scene.operator, '+12125550199');
  assert.match(desk.header('From') ?? '', /12125550100/, 'the caller id of the destination');
  await call.answered;
  await call.hangup();
  await desk.whenEnded(5_000);
  assert.equal((await number.ended()).endedReason, 'call.ringing.hook-executed-transfer');
  await scene.exchange.api('DELETE', `/credential/${credentialId}`);
});

describe('a call.ending hook', { concurrency: true }, async () => {
  const broken = { status: 500 };
  const reasons = ['assistant-request-returned-error', 'assistant-request-failed'];
  const ending = (action: unknown, oneOf: string[] = reasons) => ({
    hooks: [{ on: 'call.ending', filters: [{ type: 'oneOf', key: 'call.endedReason', oneOf }], do: action }],
  });

  test('written as one object says its sentence where the reason matches', await withHearing(), async () => {
    const number = await scene.number(ending(say(CLOSED)), broken);
    const call = await number.dial();
    await call.answered;
    assert.equal(
      await scene.phone.understand(await call.nextSpurt(15_000), [CLOSED, GREETING]),
      'we are closed today',
    );
    assert.equal((await number.ended()).endedReason, 'call.ending.hook-executed-say');
  });

  test('written as a list transfers, ahead of the fallback destination', async () => {
    const fallbackDestination = destinationOf(scene.operator, 'not-this-one');
    const number = await scene.number({ ...ending([transfer('ending-desk')]), fallbackDestination }, broken);
    const call = await number.dial();
    const desk = await callTo(scene.operator, 'ending-desk');
    await call.answered;
    await call.hangup();
    await desk.whenEnded(5_000);
    assert.equal((await number.ended()).endedReason, 'call.ending.hook-executed-transfer');
  });

  test('for another reason leaves the call to the fallback destination', async () => {
    const fallbackDestination = destinationOf(scene.operator, 'other-reason');
    const hook = ending(say(CLOSED), ['assistant-request-returned-no-assistant']);
    const number = await scene.number({ ...hook, fallbackDestination }, broken);
    const call = await number.dial();
    await callTo(scene.operator, 'other-reason');
    await call.answered;
    await call.hangup();
    const record = await number.ended();
    assert.equal(record.endedReason, 'assistant-request-returned-error');
    assert.deepEqual(await stagesOf(scene.exchange, record), [
      'assistant-request failed',
      'call.ending hook skipped',
      'fallbackDestination taken',
    ]);
  });
});
