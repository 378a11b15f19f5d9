import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { PhoneCall } from '../../../src/phone/phone-call.ts';
import { callsTool, says } from '../../support/fake-openai.ts';
import { type FieldScene, openFieldScene } from '../../support/field-scene.ts';
import { hears } from '../../support/hears.ts';
import { callTo, destinationOf } from '../../support/ringing-scene.ts';
import { ToneWatch } from '../../support/tone-watch.ts';
import { tone } from '../../support/tones.ts';

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

  test('may call a second one in: the guests hear each other too, and either may leave alone', async (t) => {
    const users = ['guest-one', 'guest-two'];
    const destinations = users.map((user) => ({ ...destinationOf(scene.operator, user), message: '' }));
    const calling = (user: string) => callsTool('addToConference', { destination: scene.operator.uri(user) });
    const number = await scene.agentNumber(t, {
      answers: [calling('guest-one'), calling('guest-two'), says('Everybody is here.')],
      tools: [{ type: 'addToConference', destinations, settings: {} }],
    });
    const caller = await number.dial();
    t.after(() => caller.hangup());
    await caller.answered;
    const first = await callTo(scene.operator, 'guest-one', 15_000);
    const second = await callTo(scene.operator, 'guest-two', 15_000);
    await Promise.all([first.answered, second.answered]);
    const spoken = await Promise.all([first.nextSpurt(15_000), second.nextSpurt(15_000)]);
    for (const { samples } of spoken) assert.ok(samples.length > 4_000, 'both hear the agent');
    await delay(300);
    const all = Promise.all([
      ...[1500, 2100].map((tone) => hears(caller.media, tone)),
      ...[600, 2100].map((tone) => hears(first.media, tone)),
      ...[600, 1500].map((tone) => hears(second.media, tone)),
    ]);
    caller.media.play(tone(600, 1_500));
    first.media.play(tone(1500, 1_500));
    second.media.play(tone(2100, 1_500));
    await all;
    await first.hangup();
    await delay(2_000);
    const left = Promise.all([hears(second.media, 600), hears(caller.media, 2100)]);
    caller.media.play(tone(600, 1_000));
    second.media.play(tone(2100, 1_000));
    await left;
    await caller.hangup();
    await second.whenEnded(5_000);
    const { endReason, transfers } = await scene.endedRow(number);
    assert.equal(endReason, 'customer-ended-call');
    assert.deepEqual(
      transfers?.map(({ outcome }) => outcome),
      ['connected', 'connected'],
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
