import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { MediaSession } from '../../../src/media/media-session.ts';
import type { PhoneCall } from '../../../src/phone/phone-call.ts';
import { callsTool, says } from '../../support/fake-openai.ts';
import { type FieldScene, openFieldScene } from '../../support/field-scene.ts';
import { withHearing } from '../../support/hearing.ts';
import { hears } from '../../support/hears.ts';
import { callTo, destinationOf } from '../../support/ringing-scene.ts';
import { ToneWatch } from '../../support/tone-watch.ts';
import { goertzel, rms, tone } from '../../support/tones.ts';
import { until } from '../../support/until.ts';

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

/** A call whose agent calls this user by a phrase, tells him, and takes the caller off hold by another one. */
async function warmTransferTo(t: TestContext, user: string, then = 'You are off hold now.') {
  const number = await scene.agentNumber(t, {
    agent: { firstMessage: 'I connect you now, please hold.', firstMessageMode: 'assistant-speaks-first' },
    answers: [says('A caller has lost his order. May I put him through?'), says(then)],
    tools: [
      { type: 'setHold', phraseTriggers: [{ phrase: 'off hold' }], settings: {} },
      {
        type: 'addToConference',
        destinations: [{ ...destinationOf(scene.operator, user), message: '' }],
        phraseTriggers: [{ phrase: 'please hold' }],
        settings: {},
      },
    ],
  });
  const caller = await number.dial();
  t.after(() => caller.hangup());
  await caller.answered;
  const guest = await callTo(scene.operator, user, 15_000);
  const ringing = new ToneWatch(caller.media, RINGBACK_HZ);
  await guest.answered;
  ringing.close();
  /** The guest agrees, as the model is told. */
  const bringBack = async () => {
    const { monitor } = (await scene.exchange.callTo(number.id)) ?? assert.fail('the call is not shown');
    const message = { role: 'user', content: 'Gladly.' };
    await fetch(monitor?.controlUrl ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'add-message', message, triggerResponseEnabled: true }),
    });
  };
  return { caller, guest, number, ringing, bringBack };
}

async function conferenceLines(numberId: string): Promise<string[]> {
  const id = (await scene.exchange.callTo(numberId))?.id ?? assert.fail('the call is not shown');
  const types = (await scene.exchange.timeline(id)).map(({ type }) => type);
  return types.filter((type) => type.startsWith('conference'));
}

const CALLER_HZ = 600;
/** Above all notes of our music. */
const GUEST_HZ = 2_000;
/** Amplitude; what is heard has thousands. */
const UNHEARD = 300;
/** Root mean square of a frame in which all notes that sound together have their peak. */
const LOUDEST_MUSIC = 2_500;

/** How loud this tone becomes on a line within a second and a half, and how loud all is then. */
async function loudest(media: MediaSession, frequencyHz: number): Promise<{ tone: number; rms: number }> {
  const most = { tone: 0, rms: 0 };
  const stop = media.audio.on(({ samples }) => {
    most.tone = Math.max(most.tone, goertzel(samples, frequencyHz));
    most.rms = Math.max(most.rms, rms(samples));
  });
  await delay(1_500);
  stop();
  return most;
}

describe('an agent that calls somebody into the call', async () => {
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

  test('by phrases of its own tells the guest first, while the caller waits (a warm transfer of Vocode)', async (t) => {
    scene.operator.manner = { does: 'answer', ringMs: RINGS_MS };
    t.after(() => {
      scene.operator.manner = { does: 'answer' };
    });
    const { caller, guest, number, ringing, bringBack } = await warmTransferTo(t, 'by-phrase');
    assert.equal(ringing.toneMs, 0, 'the caller does not hear the guest ring');
    assert.ok(ringing.longestSilenceMs < RINGS_MS / 4, `${ringing.longestSilenceMs} ms without music`);
    const told = await guest.nextSpurt(15_000);
    assert.ok(told.samples.length > 8_000, 'the guest is told');
    const heard = Promise.all([loudest(caller.media, GUEST_HZ), loudest(guest.media, CALLER_HZ)]);
    caller.media.play(tone(CALLER_HZ, 1_000));
    guest.media.play(tone(GUEST_HZ, 1_000));
    const [atCaller, atGuest] = await heard;
    assert.ok(atCaller.rms > 100, 'the caller hears music');
    assert.ok(atCaller.tone < UNHEARD, `the caller hears nothing of the guest: ${atCaller.tone}`);
    assert.ok(atGuest.tone < UNHEARD, `the guest hears nothing of the caller: ${atGuest.tone}`);
    await bringBack();
    await until('the three are joined', async () => (await conferenceLines(number.id)).length === 2);
    assert.deepEqual(await conferenceLines(number.id), ['conference.briefed', 'conference.joined']);
    // What is on its way still arrives.
    await delay(300);
    const quiet = await loudest(caller.media, GUEST_HZ);
    assert.ok(quiet.rms < 100, `the music is over: ${quiet.rms}`);
    await hearEachOther(caller, guest);
    await guest.hangup();
    await delay(300);
    assert.equal(caller.end, undefined, 'the agent has the caller again');
    await caller.hangup();
    await scene.endedRow(number);
  });

  test(
    'hears the guest also while the telephone of the caller who waits holds the call',
    await withHearing(),
    async (t) => {
      const { caller, guest, number } = await warmTransferTo(t, 'while-held');
      await guest.nextSpurt(15_000);
      await caller.hold();
      await scene.phone.say(guest, 'Yes, please bring the caller to me.');
      // The model is asked, and says what takes the caller off hold.
      await until(
        'the three are joined',
        async () => (await conferenceLines(number.id)).length === 2,
        20_000,
      );
      assert.deepEqual(await conferenceLines(number.id), ['conference.briefed', 'conference.joined']);
      await caller.resume();
      await hearEachOther(caller, guest);
      await caller.hangup();
      await scene.endedRow(number);
    },
  );

  test('has the caller back when the guest leaves while the caller waits', async (t) => {
    const { caller, guest, number } = await warmTransferTo(t, 'leaves-early', 'Nobody is there any more.');
    await guest.nextSpurt(15_000);
    await guest.hangup();
    await until('the guest is missed', async () => (await conferenceLines(number.id)).length === 2);
    assert.deepEqual(await conferenceLines(number.id), ['conference.briefed', 'conference.left']);
    // The model is told, and what it says is for the caller again.
    const { rms: loudness } = await loudest(caller.media, GUEST_HZ);
    assert.ok(loudness > LOUDEST_MUSIC, `speech: ${loudness}`);
    await caller.hangup();
    assert.equal((await scene.endedRow(number)).endReason, 'customer-ended-call');
  });

  test('takes the guest along when the caller hangs up while he waits', async (t) => {
    const { caller, guest, number } = await warmTransferTo(t, 'left-alone');
    await guest.nextSpurt(15_000);
    await caller.hangup();
    await guest.whenEnded(5_000);
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
