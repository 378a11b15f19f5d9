import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { PhoneCall } from '../../../src/phone/phone-call.ts';
import { type FieldScene, openFieldScene } from '../../support/field-scene.ts';
import { hears } from '../../support/hears.ts';
import { callTo, destinationOf } from '../../support/ringing-scene.ts';
import { ToneWatch } from '../../support/tone-watch.ts';
import { tone } from '../../support/tones.ts';
import { callsTool, says } from '../../support/transfer-scene.ts';

/** How long a guest rings where the caller is to wait for him. */
const RINGS_MS = 2_500;
/** What a caller hears who waits without music. */
const RINGBACK_HZ = 425;

let scene: FieldScene;

before(async () => {
  scene = await openFieldScene();
});
after(() => scene.close());

/** A call whose agent calls this user into it, and says so. */
async function conferenceWith(t: TestContext, user: string) {
  const number = await scene.agentNumber(t, {
    answers: [callsTool('addToConference'), says('Your colleague is on the line now. Please go ahead.')],
    tools: [
      {
        type: 'addToConference',
        destinations: [{ ...destinationOf(scene.operator, user), message: '' }],
        settings: {},
      },
    ],
  });
  const caller = await number.dial();
  t.after(() => caller.hangup());
  await caller.answered;
  const guest = await callTo(scene.operator, user, 15_000);
  await guest.answered;
  return { caller, guest, number };
}

async function hearEachOther(caller: PhoneCall, guest: PhoneCall): Promise<void> {
  const both = Promise.all([hears(guest.media, 600), hears(caller.media, 1500)]);
  caller.media.play(tone(600, 1_000));
  guest.media.play(tone(1500, 1_000));
  await both;
}

describe('an agent that calls somebody into the call', () => {
  test('stays: all three hear each other, and when the guest leaves the call goes on', async (t) => {
    const { caller, guest, number } = await conferenceWith(t, 'colleague');
    const spoken = await guest.nextSpurt(15_000);
    assert.ok(spoken.samples.length > 8_000, 'the guest hears the agent');
    await delay(300);
    await hearEachOther(caller, guest);
    assert.equal((await scene.exchange.callTo(number.id))?.status, 'in-progress');
    await guest.hangup();
    await delay(500);
    assert.equal(caller.end, undefined);
    await caller.hangup();
    const { endReason, transfers } = await scene.endedRow(number);
    assert.equal(endReason, 'customer-ended-call');
    assert.deepEqual(
      transfers?.map(({ verb, outcome }) => [verb, outcome]),
      [['dial', 'connected']],
    );
  });

  test('by phrases of its own holds the caller first (a warm transfer of Vocode)', async (t) => {
    const user = 'by-phrase';
    scene.operator.manner = { does: 'answer', ringMs: RINGS_MS };
    t.after(() => {
      scene.operator.manner = { does: 'answer' };
    });
    const number = await scene.agentNumber(t, {
      agent: { firstMessage: 'Please hold. I will connect you now.' },
      tools: [
        { type: 'setHold', phraseTriggers: [{ phrase: 'please hold' }], settings: {} },
        {
          type: 'addToConference',
          destinations: [{ ...destinationOf(scene.operator, user), message: '' }],
          phraseTriggers: [{ phrase: 'connect you' }],
          settings: {},
        },
      ],
    });
    const caller = await number.dial();
    t.after(() => caller.hangup());
    await caller.answered;
    const guest = await callTo(scene.operator, user, 15_000);
    const waiting = new ToneWatch(caller.media, RINGBACK_HZ);
    await guest.answered;
    waiting.close();
    assert.equal(waiting.toneMs, 0, 'he does not hear the guest ring');
    assert.ok(waiting.longestSilenceMs < RINGS_MS / 4, `${waiting.longestSilenceMs} ms without music`);
    await scene.transferred(number);
    const id = (await scene.exchange.callTo(number.id))?.id ?? assert.fail('the call is not shown');
    const lines = await scene.exchange.timeline(id);
    const heldAt = lines.findIndex(
      ({ data }) => data.role === 'tool-result' && (data.toolCall as { name: string }).name === 'setHold',
    );
    const calledAt = lines.findIndex(({ type }) => type === 'transfer.started');
    assert.ok(heldAt >= 0 && heldAt < calledAt, `held in line ${heldAt}, called in ${calledAt}`);
    await delay(500);
    await hearEachOther(caller, guest);
    await guest.hangup();
    await delay(300);
    assert.equal(caller.end, undefined, 'the agent has the caller again');
    await caller.hangup();
    await scene.endedRow(number);
  });

  test('takes the guest along when the caller hangs up', async (t) => {
    const { caller, guest, number } = await conferenceWith(t, 'second');
    await guest.nextSpurt(15_000);
    await delay(300);
    await hearEachOther(caller, guest);
    assert.equal(guest.end, undefined);
    await caller.hangup();
    assert.equal((await guest.whenEnded(5_000)).by, 'peer');
    const { endReason, transfers } = await scene.endedRow(number);
    assert.deepEqual([endReason, transfers?.[0]?.outcome], ['customer-ended-call', 'connected']);
  });
});
