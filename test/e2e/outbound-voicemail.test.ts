import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { withHearing } from '../support/hearing.ts';
import { type OutboundScene, openOutboundScene } from '../support/outbound-scene.ts';
import { callTo } from '../support/ringing-scene.ts';
import { assistant, scripted } from '../support/test-agents.ts';
import { tone } from '../support/tones.ts';

const hearing = await withHearing();
const AFTER_BEEP_MS = 500;

let scene: OutboundScene;
let made = 0;

/** A number of the home country that no other test calls. */
function customer(): { number: string } {
  made += 1;
  return { number: `+1415555${String(2000 + made)}` };
}

before(async () => {
  scene = await openOutboundScene();
});
beforeEach(() => {
  scene.operator.manner = { does: 'answer' };
});
after(() => scene.close());

const greeter = (settings: object = {}) =>
  assistant({
    firstMessage: 'Hello, this is the bakery.',
    model: scripted('Opening hours: We are open from nine to five.'),
    ...settings,
  });

describe('an answering machine', () => {
  const detecting = (settings: object = {}) =>
    greeter({ voicemailDetection: { provider: 'vapi', beepMaxAwaitSeconds: 20 }, ...settings });

  test('is told by its beep, and hung up on without a message', async () => {
    const to = customer();
    const id = await scene.order({ customer: to, assistant: detecting() });
    const call = await callTo(scene.operator, to.number);
    await call.answered;
    await call.media.play(tone(1_000, 400));
    await call.whenEnded(10_000);
    const record = await scene.ended(id);
    assert.equal(record.endedReason, 'voicemail');
  });

  test(
    'gets the message after its beep, from the first word to the last, and then we hang up',
    hearing,
    async () => {
      const to = customer();
      const voicemailMessage = 'Please call the bakery back, your cake is ready.';
      const id = await scene.order({
        customer: to,
        assistant: detecting({ voicemailMessage, firstMessageMode: 'assistant-waits-for-user' }),
      });
      const call = await callTo(scene.operator, to.number);
      await call.answered;
      await call.speak(tone(1_000, 400));
      const message = await call.nextSpurt(15_000);
      const whole = 'please call the bakery back your cake is ready';
      const parts = [
        'please call the bakery back',
        'please call the bakery',
        'the bakery back your cake is ready',
      ];
      assert.equal(await scene.phone.understand(message, [whole, ...parts, 'your cake is ready']), whole);
      assert.equal((await call.whenEnded(10_000)).by, 'peer', 'we hang up');
      const record = await scene.ended(id);
      assert.equal(record.endedReason, 'voicemail');
      const said = record.artifact.messages
        .filter(({ role }) => role === 'bot')
        .map(({ message }) => message);
      assert.deepEqual(said, [voicemailMessage], 'and nothing else');
      const [detected] = (await scene.exchange.timeline(id)).filter(
        ({ type }) => type === 'voicemail.detected',
      );
      assert.deepEqual(detected?.data, { result: 'machine', sign: 'beep', heard: 'a beep' });
    },
  );

  test('that can be heard before it answers is told by that', async () => {
    scene.operator.manner = { does: 'speak-early' };
    const to = customer();
    const id = await scene.order({ customer: to, assistant: detecting() });
    const call = await callTo(scene.operator, to.number);
    await call.speak(tone(1_000, 400));
    // A beep is told by the silence after it.
    await setTimeout(AFTER_BEEP_MS);
    await call.answer();
    await call.whenEnded(10_000);
    const record = await scene.ended(id);
    assert.equal(record.endedReason, 'voicemail');
    const [detected] = (await scene.exchange.timeline(id)).filter(
      ({ type }) => type === 'voicemail.detected',
    );
    assert.equal(detected?.data.heard, 'a beep before the answer');
  });
});

describe('what a call is placed without', () => {
  test('stands in its timeline: the carrier of its number, and a detection of machines that is switched off', async () => {
    const to = customer();
    const id = await scene.order({
      phoneNumberId: undefined,
      phoneNumber: { twilioPhoneNumber: '+14155550107', twilioAccountSid: 'AC1', twilioAuthToken: 't' },
      customer: to,
      assistant: greeter({ voicemailDetection: { provider: 'twilio', enabled: false } }),
    });
    const call = await callTo(scene.operator, to.number);
    await call.answered;
    await call.media.play(tone(1_000, 400));
    await setTimeout(2 * AFTER_BEEP_MS);
    assert.equal((await scene.call(id)).status, 'in-progress', 'a beep means nothing to it');
    await call.hangup();
    await scene.ended(id);
    const timeline = await scene.exchange.timeline(id);
    const ignored = timeline.filter(({ type }) => type === 'field.ignored').map(({ data }) => data.field);
    assert.ok(ignored.includes('phoneNumber.provider'), ignored.join());
    assert.equal(timeline.filter(({ type }) => type === 'voicemail.detected').length, 0);
  });
});
