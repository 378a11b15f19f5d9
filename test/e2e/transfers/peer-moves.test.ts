import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLogger } from '../../../src/lib/logger.ts';
import type { PhoneCall } from '../../../src/phone/phone-call.ts';
import { Telephone } from '../../../src/phone/telephone.ts';
import type { Referral } from '../../../src/sip/session/session.ts';
import { hears } from '../../support/hears.ts';
import { TEST_KEY } from '../../support/running-exchange.ts';
import { assistant } from '../../support/test-agents.ts';
import { ToneWatch } from '../../support/tone-watch.ts';
import { goertzel, tenths, tone } from '../../support/tones.ts';
import { TransferScene } from '../../support/transfer-scene.ts';
import { readWave } from '../../support/wav.ts';

const CREDENTIALS = { username: 'exchange-in-the-cellar', password: 'let-the-exchange-come-in' };
/** What the agent hears of somebody who has taken a caller's place. */
const TAKEN_HZ = 600;
const GREETING = 'Hello. This is the agent. How may I help you today?';

let scene: TransferScene;

before(async () => {
  scene = await TransferScene.open();
});
after(() => scene.close());

async function hearEachOther(one: PhoneCall, other: PhoneCall): Promise<void> {
  await delay(300);
  const both = Promise.all([hears(other.media, 600), hears(one.media, 1500)]);
  one.media.play(tone(600, 1_500));
  other.media.play(tone(1500, 1_500));
  await both;
}

/** A caller who is through to an operator. */
async function joinedCall(t: TestContext) {
  const call = await scene.transfer(t, { plan: { mode: 'blind-transfer', sipVerb: 'dial' } });
  const desk = await call.atOperator();
  await desk.answered;
  await scene.outcome(call.number, 'connected');
  return { ...call, desk };
}

/** A call with an agent by somebody whom the exchange knows by a password. */
async function knownCaller(t: TestContext) {
  const number = await scene.ringing.number(
    { authentication: CREDENTIALS },
    { json: { assistant: assistant({ firstMessage: GREETING }) } },
  );
  const caller = await number.dial({ from: '+14155550123', credentials: CREDENTIALS });
  t.after(() => caller.hangup());
  await caller.answered;
  await caller.nextSpurt(15_000);
  return { number, caller };
}

function statusesOf(referral: Referral): number[] {
  const statuses: number[] = [];
  referral.progress.on(({ status }) => statuses.push(status));
  return statuses;
}

/** What the record says of its transfers once the call has ended. */
async function transfersOf(number: { ended(limitMs?: number): Promise<{ artifact: unknown }> }) {
  const { artifact } = await number.ended(15_000);
  const { transfers } = artifact as {
    transfers: { by: string; outcome: string; sipStatus?: number; detail?: string }[];
  };
  return transfers;
}

describe('an operator who refers the caller on', () => {
  test('is told how it goes, and hangs up; the caller speaks with whom he named', async (t) => {
    const { caller, desk, number } = await joinedCall(t);
    const colleague = await scene.operator(t, { does: 'answer', ringMs: 300 });
    const referral = await desk.refer({
      referTo: `<${colleague.uri('colleague')}>`,
      referredBy: '<sip:desk@127.0.0.1>',
    });
    const statuses = statusesOf(referral);
    const taken = await colleague.call(10_000, 0);
    assert.equal(taken.header('Referred-By'), '<sip:desk@127.0.0.1>');
    assert.equal(await referral.settled, 200);
    assert.ok(statuses.includes(180), `NOTIFYs of ${statuses}`);
    const atDesk = new ToneWatch(desk.media, 600);
    await hearEachOther(caller, taken);
    assert.equal(atDesk.toneMs, 0, 'who has left hears nothing more');
    await desk.hangup();
    assert.equal(caller.end, undefined, 'the call goes on');
    await taken.hangup();
    await caller.whenEnded(5_000);
    const transfers = await transfersOf(number);
    assert.deepEqual(
      transfers.map(({ by, outcome }) => [by, outcome]),
      [
        ['agent', 'connected'],
        ['peer', 'connected'],
      ],
    );
  });

  test('may hang up at once: the caller waits with music until somebody answers', async (t) => {
    const { caller, desk } = await joinedCall(t);
    const colleague = await scene.operator(t, { does: 'answer', ringMs: 2_500 });
    await desk.refer({ referTo: colleague.uri('colleague') });
    await desk.hangup();
    const watch = new ToneWatch(caller.media, 1500);
    const taken = await colleague.call(10_000, 0);
    await taken.answered;
    assert.ok(watch.longestSilenceMs < 1_500, `${watch.longestSilenceMs} ms of dead air`);
    await hearEachOther(caller, taken);
    await caller.hangup();
    await taken.whenEnded(5_000);
  });

  test('who named nobody that answers keeps the caller', async (t) => {
    const { caller, desk, number } = await joinedCall(t);
    const colleague = await scene.operator(t, { does: 'refuse', status: 486 });
    const referral = await desk.refer({ referTo: colleague.uri('colleague') });
    assert.equal(await referral.settled, 486);
    await hearEachOther(caller, desk);
    await caller.hangup();
    await desk.whenEnded(5_000);
    const [, moved] = await transfersOf(number);
    assert.deepEqual([moved?.by, moved?.outcome, moved?.sipStatus], ['peer', 'busy', 486]);
  });

  test('is refused where the policy lets us call nobody like that', async (t) => {
    const { caller, desk, number } = await joinedCall(t);
    await assert.rejects(desk.refer({ referTo: 'tel:+8835100012345' }), { status: 403 });
    await hearEachOther(caller, desk);
    await caller.hangup();
    const [, moved] = await transfersOf(number);
    assert.deepEqual([moved?.by, moved?.outcome], ['peer', 'failed']);
    assert.match(moved?.detail ?? '', /satellite/);
  });

  test('takes whom he named with him where the caller hangs up while it rings', async (t) => {
    const { caller, desk, number } = await joinedCall(t);
    const colleague = await scene.operator(t, { does: 'ring' });
    const referral = await desk.refer({ referTo: colleague.uri('colleague') });
    const rung = await colleague.call(10_000, 0);
    await caller.hangup();
    await rung.whenEnded(5_000);
    await desk.whenEnded(5_000);
    await referral.settled;
    const [, moved] = await transfersOf(number);
    assert.deepEqual([moved?.by, moved?.outcome], ['peer', 'cancelled-by-caller']);
  });
});

describe('a caller who refers the agent on', () => {
  test('leaves it with whom he named', async (t) => {
    const { caller, number } = await knownCaller(t);
    const colleague = await scene.operator(t);
    const referral = await caller.refer({ referTo: colleague.uri('colleague') });
    assert.equal(await referral.settled, 200);
    const taken = await colleague.call(10_000, 0);
    await caller.hangup();
    const call = (await scene.ringing.exchange.callTo(number.id)) ?? assert.fail('the call is not shown');
    const heard = taken.nextSpurt(15_000);
    await fetch(call.monitor?.controlUrl ?? assert.fail('it has no control URL'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'say', content: 'Who is speaking, please?' }),
    });
    const { samples } = await heard;
    assert.ok(samples.length > 4_000, 'the agent speaks to whom he named, for half a second at least');
    await taken.speak(tone(TAKEN_HZ, 1_000));
    await taken.hangup();
    const [moved] = await transfersOf(number);
    assert.deepEqual([moved?.by, moved?.outcome], ['peer', 'connected']);
    const { endedReason, artifact } = await number.ended();
    assert.equal(endedReason, 'customer-ended-call');
    const response = await fetch(artifact.stereoRecordingUrl ?? assert.fail('there is no recording'), {
      headers: { authorization: `Bearer ${TEST_KEY}` },
    });
    const { left } = readWave(Buffer.from(await response.arrayBuffer()));
    const heardTenths = tenths(left, (piece) => goertzel(piece, TAKEN_HZ) > 3_000);
    assert.ok(heardTenths >= 8, `whom he named is heard for ${heardTenths} tenths of a second`);
  });

  test('is refused where the exchange does not know him', async (t) => {
    const number = await scene.ringing.number(
      {},
      { json: { assistant: assistant({ firstMessage: GREETING }) } },
    );
    const caller = await number.dial();
    t.after(() => caller.hangup());
    await caller.answered;
    const colleague = await scene.operator(t);
    await assert.rejects(caller.refer({ referTo: colleague.uri('colleague') }), { status: 403 });
    assert.equal(colleague.calls.length, 0);
    await caller.hangup();
    await number.ended();
  });
});

describe('an INVITE that takes a call over', () => {
  test('goes on with the agent where the first caller was', async (t) => {
    const { caller, number } = await knownCaller(t);
    const headers = [{ name: 'Replaces', value: await caller.replaces() }];
    const taker = await scene.ringing.phone.dial(scene.ringing.exchange.uri('anybody'), { headers });
    t.after(() => taker.hangup());
    await taker.answered;
    assert.equal((await caller.whenEnded(5_000)).by, 'peer');
    await taker.hangup();
    const call = await number.ended(15_000);
    const lines = await scene.ringing.exchange.timeline(call.id);
    assert.ok(lines.some(({ type }) => type === 'transfer.taken-over'));
    assert.equal(call.endedReason, 'customer-ended-call');
  });

  test('speaks with the operator where the caller was through to one', async (t) => {
    const { caller, desk } = await joinedCall(t);
    const headers = [{ name: 'Replaces', value: await caller.replaces() }];
    const taker = await scene.ringing.phone.dial(scene.ringing.exchange.uri('anybody'), { headers });
    t.after(() => taker.hangup());
    await taker.answered;
    await caller.whenEnded(5_000);
    await hearEachOther(taker, desk);
    await desk.hangup();
    await taker.whenEnded(5_000);
  });

  test('is refused to a stranger, even if he knows the dialog', async (t) => {
    const { caller, number } = await knownCaller(t);
    const stranger = await Telephone.open({
      bindAddress: '127.0.0.2',
      media: scene.ringing.phone.media,
      logger: silentLogger,
    });
    t.after(() => stranger.close());
    const headers = [{ name: 'Replaces', value: await caller.replaces() }];
    const taker = await stranger.dial({ uri: scene.ringing.exchange.uri('anybody'), headers });
    await assert.rejects(taker.answered, { status: 403 });
    assert.equal(caller.end, undefined);
    await caller.hangup();
    await number.ended();
  });

  test('is refused while the call is being moved already', async (t) => {
    const { caller, desk } = await joinedCall(t);
    const colleague = await scene.operator(t, { does: 'ring' });
    await desk.refer({ referTo: colleague.uri('colleague') });
    await colleague.call(10_000, 0);
    const headers = [{ name: 'Replaces', value: await caller.replaces() }];
    const taker = await scene.ringing.phone.dial(scene.ringing.exchange.uri('anybody'), { headers });
    await assert.rejects(taker.answered, { status: 603 });
    assert.equal(caller.end, undefined, 'the caller is still there');
    await caller.hangup();
    await desk.whenEnded(5_000);
  });
});
