import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { IncomingReferral } from '../../../src/sip/session/session.ts';
import { says } from '../../support/fake-openai.ts';
import { TransferScene } from '../../support/transfer-scene.ts';
import { until } from '../../support/until.ts';

const PLAN = { mode: 'blind-transfer' };

let scene: TransferScene;

before(async () => {
  scene = await TransferScene.open();
});
after(() => scene.close());

describe('a caller whose exchange takes referrals', () => {
  test('is referred, and hung up once his exchange says that it has brought him there', async (t) => {
    const asked: IncomingReferral[] = [];
    const { caller, operator, record } = await scene.transfer(t, {
      plan: { ...PLAN, sipHeadersInReferToEnabled: true },
      destination: { sipHeaders: { 'X-Ticket': '42' } },
      onReferral(referral) {
        asked.push(referral);
        referral.accept();
        referral.notify(180, 'Ringing');
        referral.notify(200, 'OK');
      },
    });
    assert.equal((await caller.whenEnded(10_000)).by, 'peer');
    const [referral] = asked;
    assert.equal(referral?.referTo.user, 'desk');
    assert.equal(referral?.referTo.port, operator.port);
    assert.match(referral?.referredBy ?? '', /^<sip:line-[^@]+@127\.0\.0\.1>$/);
    assert.equal(referral?.referTo.headers.get('X-Ticket'), '42');
    const { transfer, endedReason } = await record();
    assert.deepEqual([transfer.verb, transfer.outcome, transfer.status], ['refer', 'connected', 'completed']);
    assert.equal(endedReason, 'assistant-forwarded-call');
    assert.equal(operator.calls.length, 0, 'it is his exchange that calls, not ours');
  });

  test('has been transferred also where he hangs up instead of telling', async (t) => {
    const { caller, record } = await scene.transfer(t, {
      plan: PLAN,
      onReferral(referral) {
        referral.accept();
        setTimeout(() => void caller.hangup(), 200);
      },
    });
    const { transfer, endedReason } = await record();
    assert.deepEqual([transfer.verb, transfer.outcome], ['refer', 'connected']);
    assert.equal(endedReason, 'assistant-forwarded-call');
  });

  test('comes back to the agent when nobody answered there', async (t) => {
    const { caller, model, number, record } = await scene.transfer(t, {
      plan: PLAN,
      afterwards: [says('Sorry, the line is busy.')],
      onReferral(referral) {
        referral.accept();
        referral.notify(486, 'Busy Here');
      },
    });
    await until('the agent is told', () => model.requests.length === 2);
    await caller.nextSpurt(15_000);
    await caller.hangup();
    await number.ended();
    const { transfer, endedReason } = await record();
    assert.deepEqual([transfer.verb, transfer.outcome, transfer.sipStatus], ['refer', 'busy', 486]);
    assert.equal(endedReason, 'customer-ended-call');
  });

  test('is not asked to call a number that the policy lets no call of ours go to', async (t) => {
    const asked: IncomingReferral[] = [];
    const { caller, number, model, record } = await scene.transfer(t, {
      plan: PLAN,
      destination: { sipUri: 'sip:+88216123456@127.0.0.1:9;user=phone' },
      afterwards: [says('That number cannot be called.')],
      onReferral: (referral) => asked.push(referral),
    });
    await until('the agent is told', () => model.requests.length === 2);
    await caller.hangup();
    await number.ended();
    const { transfer } = await record();
    assert.equal(asked.length, 0);
    assert.equal(transfer.outcome, 'failed');
    assert.match(transfer.detail ?? '', /satellite/);
  });
});

test('a caller whose exchange refuses referrals is dialled for', async (t) => {
  const { caller, number, atOperator, record } = await scene.transfer(t, { plan: PLAN });
  const desk = await atOperator();
  await desk.answered;
  await scene.outcome(number, 'connected');
  await desk.hangup();
  await caller.whenEnded(5_000);
  const { transfer } = await record();
  assert.deepEqual([transfer.verb, transfer.outcome, transfer.status], ['dial', 'connected', 'connected']);
  const call = await scene.ringing.exchange.callTo(number.id);
  const lines = await scene.ringing.exchange.timeline(call?.id ?? '');
  assert.ok(lines.some(({ type }) => type === 'transfer.refer-refused'));
});

test('bye only hangs up', async (t) => {
  const { caller, operator, record } = await scene.transfer(t, { plan: { ...PLAN, sipVerb: 'bye' } });
  assert.equal((await caller.whenEnded(10_000)).by, 'peer');
  const { transfer, endedReason } = await record();
  assert.deepEqual([transfer.verb, transfer.outcome, transfer.status], ['bye', undefined, 'completed']);
  assert.equal(endedReason, 'assistant-forwarded-call');
  assert.equal(operator.calls.length, 0);
});
