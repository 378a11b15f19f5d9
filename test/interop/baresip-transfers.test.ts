import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Baresip, type BaresipOptions, startBaresip } from '../support/baresip.ts';
import { says } from '../support/fake-openai.ts';
import { hears } from '../support/hears.ts';
import { needsPeer } from '../support/peers.ts';
import { goertzel, rms, tone } from '../support/tones.ts';
import { type TransferredCall, TransferScene } from '../support/transfer-scene.ts';

const CALLER_HZ = 600;
const OPERATOR_HZ = 1_500;
/** Longer than any briefing here. */
const TONE_MS = 20_000;
const LIMIT_MS = 15_000;
const WINDOW_MS = 100;
const WINDOW_SAMPLES = 800;
/** Speech has a window or two that pass for a tone; whoever is joined is heard for longer. */
const STEADY_WINDOWS = 5;
const LOUD = 3_000;
/** Long enough for a tone to last in what baresip keeps. */
const LASTING_MS = 2 * STEADY_WINDOWS * WINDOW_MS;
/** Of a frame's level, what a pure tone has after G.711, and how many of the frames are to be pure. */
const PURE = 0.9;
const MOST = 0.75;
const FRAME_SAMPLES = 160;
/** Level of a window in which somebody speaks. */
const SPOKEN_RMS = 300;
/** The shortest that the message can be said in. */
const BRIEFING_MS = 1_000;
/** Between an event of baresip and our learning of it, and between the two directions of one join. */
const LAG_MS = 500;

const BLIND = { mode: 'blind-transfer', sipVerb: 'dial' };
const WARM = {
  mode: 'warm-transfer-say-message',
  message: 'A customer of the bakery would like to have his money back.',
};

let scene: TransferScene;

/** A baresip of one test, closed with it. */
async function operator(t: TestContext, options: Partial<BaresipOptions> = {}): Promise<Baresip> {
  const baresip = await startBaresip({ codec: 'PCMU', ...options });
  t.after(() => baresip.close());
  return baresip;
}

/** An operator who answers at once, says one tone, and keeps what it hears. */
const answering = (t: TestContext) =>
  operator(t, { answers: true, plays: tone(OPERATOR_HZ, TONE_MS), records: true });

/** A call whose agent transfers the caller to this baresip at once. */
function transferTo(t: TestContext, { uri }: Baresip, plan: object): Promise<TransferredCall> {
  const afterwards = [says('Sorry, nobody is there.')];
  return scene.transfer(t, { plan, destination: { sipUri: uri }, afterwards });
}

/** When a tone begins that lasts, in milliseconds from the first sample; undefined where none does. */
function toneBeginsAt(samples: Int16Array, frequencyHz: number): number | undefined {
  let steady = 0;
  for (let window = 0; (window + 1) * WINDOW_SAMPLES <= samples.length; window += 1) {
    const piece = samples.subarray(window * WINDOW_SAMPLES, (window + 1) * WINDOW_SAMPLES);
    steady = goertzel(piece, frequencyHz) > LOUD ? steady + 1 : 0;
    if (steady === STEADY_WINDOWS) return (window + 1 - STEADY_WINDOWS) * WINDOW_MS;
  }
  return undefined;
}

/** Milliseconds in which anything is to be heard. */
function soundingMs(samples: Int16Array): number {
  let windows = 0;
  for (let at = 0; at + WINDOW_SAMPLES <= samples.length; at += WINDOW_SAMPLES)
    if (rms(samples.subarray(at, at + WINDOW_SAMPLES)) > SPOKEN_RMS) windows += 1;
  return windows * WINDOW_MS;
}

/**
 * From then on for a while there is the caller's tone and nothing beside it. The first window has both; a frame in which
 * baresip's buffer has skipped is no pure tone either.
 */
function isAlone(samples: Int16Array, fromMs: number): void {
  const start = (fromMs / WINDOW_MS + 1) * WINDOW_SAMPLES;
  const end = start + (STEADY_WINDOWS - 1) * WINDOW_SAMPLES;
  const shares: number[] = [];
  for (let at = start; at < end; at += FRAME_SAMPLES) {
    const frame = samples.subarray(at, at + FRAME_SAMPLES);
    shares.push(goertzel(frame, CALLER_HZ) / (rms(frame) * Math.SQRT2));
  }
  const pure = shares.filter((share) => share > PURE).length;
  assert.ok(pure >= MOST * shares.length, `the caller alone is heard in ${pure} of ${shares.length} frames`);
}

/** Until the two hear each other, the caller speaking since it rang. @returns how long after the answer he heard the operator. */
async function joined({ caller }: TransferredCall, baresip: Baresip): Promise<number> {
  // It rings first, and the briefing takes its time.
  const heard = hears(caller.media, OPERATOR_HZ, LIMIT_MS).then(() => performance.now());
  caller.media.play(tone(CALLER_HZ, TONE_MS));
  await baresip.event('CALL_ESTABLISHED', LIMIT_MS);
  const answeredAt = performance.now();
  return (await heard) - answeredAt;
}

describe('baresip as the operator of a transfer', { concurrency: 4, ...needsPeer('baresip') }, () => {
  before(async () => {
    scene = await TransferScene.open();
  });
  after(() => scene.close());

  test('who is called blindly hears the caller, and nobody else, as soon as he has answered', async (t) => {
    const baresip = await answering(t);
    const call = await transferTo(t, baresip, BLIND);
    await joined(call, baresip);
    await scene.outcome(call.number, 'connected');
    await baresip.event('CALL_RTPESTAB');
    await delay(LASTING_MS);
    await baresip.hangup();
    await call.caller.whenEnded(5_000);
    const { transfer, endedReason } = await call.record();
    assert.deepEqual([transfer.outcome, transfer.status], ['connected', 'connected']);
    assert.equal(endedReason, 'assistant-forwarded-call');
    await baresip.event('CALL_CLOSED');
    const samples = await baresip.heard();
    const begins = toneBeginsAt(samples, CALLER_HZ);
    assert.ok(begins !== undefined && begins <= LAG_MS, `the caller is heard ${begins} ms after the answer`);
    isAlone(samples, begins);
  });

  test('who is told before hears the message, then the caller and nobody else, who does not hear him till then', async (t) => {
    const baresip = await answering(t);
    const call = await transferTo(t, baresip, WARM);
    const callerHeardAfterMs = await joined(call, baresip);
    await scene.outcome(call.number, 'connected');
    await delay(LASTING_MS);
    await call.caller.hangup();
    await baresip.event('CALL_CLOSED');
    const { transfer, endedReason } = await call.record();
    assert.deepEqual([transfer.outcome, transfer.status], ['connected', 'connected']);
    assert.equal(transfer.transcript, WARM.message);
    assert.equal(endedReason, 'assistant-forwarded-call');
    const samples = await baresip.heard();
    const joinedAfterMs = toneBeginsAt(samples, CALLER_HZ);
    assert.ok(joinedAfterMs !== undefined, 'the operator hears the caller');
    const briefing = samples.subarray(0, (joinedAfterMs / WINDOW_MS) * WINDOW_SAMPLES);
    isAlone(samples, joinedAfterMs);
    assert.ok(soundingMs(briefing) >= BRIEFING_MS, 'the operator hears the message before');
    assert.ok(
      callerHeardAfterMs >= joinedAfterMs - LAG_MS,
      `the caller hears the operator ${callerHeardAfterMs} ms after the answer, who is joined after ${joinedAfterMs}`,
    );
  });

  for (const [name, plan] of [
    ['called blindly', BLIND],
    ['to be told before', WARM],
  ] as const) {
    test(`who is ${name} and will not take it is busy, and the agent has the caller again`, async (t) => {
      const baresip = await operator(t);
      const call = await transferTo(t, baresip, plan);
      await baresip.event('CALL_INCOMING', LIMIT_MS);
      await baresip.hangup();
      await isBack(call);
    });

    test(`who is ${name} while in a call is busy, and that call goes on`, async (t) => {
      const baresip = await operator(t, { answers: true, plays: tone(OPERATOR_HZ, 60_000), maxCalls: 1 });
      const first = await transferTo(t, baresip, BLIND);
      await scene.outcome(first.number, 'connected');
      const second = await transferTo(t, baresip, plan);
      await isBack(second);
      await hears(first.caller.media, OPERATOR_HZ);
      await first.caller.hangup();
      await first.number.ended();
    });

    test(`who is ${name} rings no more once the caller has left`, async (t) => {
      const baresip = await operator(t);
      const call = await transferTo(t, baresip, plan);
      await baresip.event('CALL_INCOMING', LIMIT_MS);
      await call.caller.hangup();
      await baresip.event('CALL_CLOSED');
      const { transfer, endedReason } = await call.record();
      assert.deepEqual([transfer.outcome, transfer.status], ['cancelled-by-caller', 'cancelled']);
      assert.equal(endedReason, 'customer-ended-call');
    });
  }
});

/** The operator was busy: the caller is told so by the agent. */
async function isBack({ caller, number, record }: TransferredCall): Promise<void> {
  await scene.outcome(number, 'busy');
  await scene.said(number, /nobody is there/);
  await caller.hangup();
  const { transfer, endedReason } = await record();
  assert.deepEqual([transfer.outcome, transfer.status, transfer.sipStatus], ['busy', 'busy', 486]);
  assert.equal(endedReason, 'customer-ended-call');
}
