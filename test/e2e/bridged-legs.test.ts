import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Leg } from '../../src/flow/leg.ts';
import { createHoldSound } from '../../src/flow/session/hold-sound.ts';
import { type BridgeEnd, bridge } from '../../src/flow/transfers/bridge.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { createMediaPool } from '../../src/media/media-pool.ts';
import type { MediaPool } from '../../src/media/media-session.ts';
import { Callee } from '../../src/phone/callee.ts';
import type { DialledCall } from '../../src/phone/dialled-call.ts';
import type { ReceivedCall } from '../../src/phone/received-call.ts';
import { Telephone } from '../../src/phone/telephone.ts';
import { type DialingExchange, startDialingExchange } from '../support/dialing-exchange.ts';
import { hears } from '../support/hears.ts';
import { rms, tone } from '../support/tones.ts';
import { until } from '../support/until.ts';

const HOST = '127.0.0.1';
const LIMIT_MS = 5_000;
/** What one way through the exchange may take at most: jitter buffers at both ends, and what may wait at the bridge. */
const DELAY_LIMIT_MS = 300;

describe('a caller who is put through before the answer', () => {
  let phones: MediaPool;
  let phone: Telephone;
  let operator: Callee;
  let exchange: DialingExchange;
  const ends: BridgeEnd[] = [];

  /** Rings audibly, calls the operator, answers the caller when he does, and joins both. */
  async function putThrough(caller: Leg): Promise<void> {
    assert.ok(caller.openEarlyMedia());
    const sound = createHoldSound('ringback', caller.media, systemClock);
    const destination = { type: 'sip' as const, sipUri: operator.uri() };
    const called = await exchange.dial(destination, { maxForwards: caller.maxForwards });
    try {
      await called.answered;
      await sound.stop();
      await caller.answer();
    } finally {
      await sound.stop();
    }
    const joined = bridge(caller, called);
    joined.ended.on((end) => {
      ends.push(end);
      void Promise.all([caller.hangup(), called.hangup()]);
    });
  }

  before(async () => {
    phones = createMediaPool({ workers: 1, ports: { from: 37_000, to: 37_199 }, logger: silentLogger });
    phone = await Telephone.open({ bindAddress: HOST, media: phones, logger: silentLogger });
    operator = await Callee.open({
      bindAddress: HOST,
      media: phones,
      logger: silentLogger,
      manner: { does: 'answer', ringMs: 600 },
    });
    exchange = await startDialingExchange({ ports: { from: 37_200, to: 37_399 }, receive: putThrough });
  });
  beforeEach(() => {
    ends.length = 0;
    operator.calls.length = 0;
  });
  after(async () => {
    await Promise.all([exchange.close(), operator.close(), phone.close()]);
    await phones.close();
  });

  async function connected(): Promise<[DialledCall, ReceivedCall]> {
    const call = await phone.dial({ uri: `sip:bakery@${HOST}:${exchange.port}` });
    const ringing = hears(call.media, 425);
    const taken = await operator.call(LIMIT_MS, 0);
    await ringing;
    assert.ok(call.hasEarlyMedia, 'the ringing is heard before the answer');
    await Promise.all([call.answered, taken.answered]);
    return [call, taken];
  }

  test('hears ringing, then the operator, and is heard, without much delay', async () => {
    const [call, taken] = await connected();
    const heard = Promise.all([hears(call.media, 600), hears(taken.media, 1500)]);
    taken.media.play(tone(600, 500));
    call.media.play(tone(1500, 500));
    await heard;
    const started = taken.nextStart(LIMIT_MS);
    await until('it is quiet', () => !taken.ear.isHearingSpeech);
    const spoken = new Promise<number>((resolve) => {
      call.media.playout.on((event) => event.type === 'started' && resolve(event.at));
    });
    call.media.play(tone(2000, 500));
    const delayMs = (await started) - (await spoken);
    assert.ok(delayMs >= 0 && delayMs < DELAY_LIMIT_MS, `heard after ${delayMs} ms`);
    await call.hangup();
    assert.equal((await taken.whenEnded(LIMIT_MS)).by, 'peer');
    assert.equal(ends[0]?.by, 'a');
  });

  test('presses keys that the operator gets, from the audio and by INFO', async () => {
    const [call, taken] = await connected();
    const keys: string[] = [];
    taken.media.dtmf.on(({ digit }) => keys.push(digit));
    call.press('4');
    await until('the first key is heard', () => keys.length === 1);
    await call.pressByInfo('2');
    await until('the second key is heard', () => keys.length === 2);
    assert.deepEqual(keys, ['4', '2']);
    await taken.hangup();
    assert.equal((await call.whenEnded(LIMIT_MS)).by, 'peer');
    assert.equal(ends[0]?.by, 'b');
    await call.hangup();
  });

  test('holds the call, which the operator hears as silence, and takes it back', async () => {
    const [call, taken] = await connected();
    await call.hold();
    let loudest = 0;
    const stop = taken.media.audio.on(({ samples }) => {
      loudest = Math.max(loudest, rms(samples));
    });
    call.media.play(tone(1500, 300));
    await new Promise((resolve) => setTimeout(resolve, 500));
    stop();
    assert.equal(loudest, 0);
    await call.resume();
    call.media.play(tone(1500, 500));
    await hears(taken.media, 1500);
    await call.hangup();
    await taken.whenEnded(LIMIT_MS);
  });
});
