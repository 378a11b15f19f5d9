import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  connectedLine,
  lineToPeer,
  listenTo,
  loopbackParams,
  toneMs,
} from '../../test/support/media-line.ts';
import { joinSamples, rms, tone } from '../../test/support/tones.ts';
import { until } from '../../test/support/until.ts';
import { silentLogger } from '../lib/logger.ts';
import { createMediaPool } from './media-pool.ts';
import type { MediaPool, MediaSession } from './media-session.ts';

const FRAME_MS = 20;
/** What a packet takes over loopback and until this thread sees it, beside what the bridge adds. */
const WAY_MS = 6;
const CLICK_LEVEL = 10_000;

/** One loud sample each 200 ms. */
function clicks(count: number): Int16Array {
  const samples = new Int16Array(count * 1600);
  for (let at = 800; at < samples.length; at += 1600) samples[at] = 20_000;
  return samples;
}

describe('a bridge in the media workers', () => {
  let pool: MediaPool;
  let phones: MediaPool;
  const opened: { close(): Promise<unknown> }[] = [];

  before(() => {
    pool = createMediaPool({ workers: 2, ports: { from: 34_200, to: 34_299 }, logger: silentLogger });
    phones = createMediaPool({ workers: 1, ports: { from: 34_300, to: 34_399 }, logger: silentLogger });
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((part) => part.close()));
  });
  after(() => Promise.all([pool.close(), phones.close()]));

  async function line(changes: Parameters<typeof connectedLine>[2] = {}) {
    const connected = await connectedLine(pool, phones, changes);
    opened.push(connected.line, connected.phone);
    return connected;
  }

  async function peered(near?: MediaSession) {
    const connected = await lineToPeer(pool, near);
    opened.push(connected.line, connected.peer);
    return connected;
  }

  for (const [where, isNear, limitMs] of [
    ['in one worker adds no delay', true, 0],
    ['between two workers adds at most one packet time', false, FRAME_MS],
  ] as const)
    it(where, async () => {
      const caller = await peered();
      const called = await peered(isNear ? caller.line : undefined);
      const bridge = caller.line.bridge(called.line);
      const hasClick = (samples: Int16Array) => samples.some((sample) => sample > CLICK_LEVEL);
      const watched = [caller, called].map(({ line: media }) => {
        const pulledAt: number[] = [];
        media.audio.on(({ samples, at }) => {
          if (hasClick(samples)) pulledAt.push(at);
        });
        return pulledAt;
      });
      await Promise.all([caller.peer.stream(clicks(12)), called.peer.stream(clicks(12))]);
      await delay(100);
      bridge.close();
      for (const [pulledAt, { peer }] of [
        [watched[0] as number[], called],
        [watched[1] as number[], caller],
      ] as const) {
        const sentAt = peer.packets.filter(({ samples }) => hasClick(samples)).map(({ at }) => at);
        assert.ok(sentAt.length >= 11 && sentAt.length === pulledAt.length, `${sentAt.length} clicks`);
        const delays = sentAt.map((at, index) => at - (pulledAt[index] as number));
        // The least: what this busy thread adds to the others is not the bridge's.
        const addedMs = Math.min(...delays);
        assert.ok(addedMs >= -1 && addedMs <= limitMs + WAY_MS, `added ${delays.map(Math.round)} ms`);
      }
    });

  it('converts codecs and packet times', async () => {
    const caller = await line({ codec: 'PCMU', ptimeMs: 20 });
    const called = await line({ codec: 'PCMA', payloadType: 8, ptimeMs: 60, near: caller.line });
    caller.line.bridge(called.line);
    const atCaller = listenTo(caller.phone);
    const atCalled = listenTo(called.phone);
    caller.phone.play(tone(600, 800));
    called.phone.play(tone(1500, 800));
    await delay(1300);
    assert.ok(toneMs(atCalled(), 600) >= 700, `${toneMs(atCalled(), 600)} ms of the caller`);
    assert.ok(toneMs(atCaller(), 1500) >= 700, `${toneMs(atCaller(), 1500)} ms of the called`);
  });

  it('sends a key once that comes in the audio and beside it, and none of a stranger', async () => {
    const [caller, called, stranger] = [await line(), await line(), await line()];
    const bridge = caller.line.bridge(called.line);
    const keys: string[] = [];
    called.phone.dtmf.on(({ digit }) => keys.push(digit));
    caller.phone.sendDtmf('4');
    bridge.passKey(caller.line, '4', 100);
    bridge.passKey(caller.line, '7', 100);
    await until('both keys are heard', () => keys.length >= 2);
    await delay(500);
    assert.deepEqual(keys.toSorted(), ['4', '7']);
    assert.throws(() => bridge.passKey(stranger.line, '1', 100), RangeError);
    assert.throws(() => bridge.passKey(caller.line, 'x', 100), RangeError);
  });

  it('lets nothing of before a hold or a key come late', async () => {
    const [caller, called] = [await line(), await line()];
    caller.line.bridge(called.line);
    called.line.configure(loopbackParams(called.phone.localPort, { direction: 'inactive' }));
    caller.phone.play(tone(600, 600));
    await delay(700);
    called.line.sendDtmf('1', { durationMs: 200 });
    called.line.configure(loopbackParams(called.phone.localPort));
    const atCalled = listenTo(called.phone);
    await delay(300);
    assert.equal(toneMs(atCalled(), 600), 0, 'what was said on hold is over');
    caller.phone.play(tone(1500, 300));
    await until('the caller is heard again', () => toneMs(atCalled(), 1500) >= 200);
  });

  it('ends with either session, at once and for the other alike', async () => {
    for (const isNear of [true, false]) {
      const caller = await line();
      const called = await line(isNear ? { near: caller.line } : {});
      const bridge = caller.line.bridge(called.line);
      const atCaller = listenTo(caller.phone);
      called.phone.play(tone(1500, 2000));
      await until('the caller hears the called', () => toneMs(atCaller(), 1500) >= 100);
      await called.line.close();
      await delay(150);
      const heard = atCaller().length;
      await delay(200);
      const rest = atCaller().subarray(heard);
      assert.ok(rest.length > 0 && rms(rest) === 0, 'the caller hears silence');
      bridge.close();
      bridge.close();
    }
  });

  it('joins three so that each hears the others, never itself', async () => {
    const a = await line();
    const b = await line({ near: a.line });
    const c = await line();
    const bridges = [a.line.bridge(b.line), a.line.bridge(c.line), b.line.bridge(c.line)];
    const voices = [600, 1500, 2100] as const;
    const ears = [a, b, c].map(({ phone }) => listenTo(phone));
    [a, b, c].forEach(({ phone }, index) => {
      phone.play(tone(voices[index] as number, 1000));
    });
    await delay(1500);
    for (const [index, ear] of ears.entries())
      for (const [other, frequencyHz] of voices.entries()) {
        const heardMs = toneMs(ear(), frequencyHz);
        if (other === index) assert.equal(heardMs, 0, `${index} hears itself`);
        else assert.ok(heardMs >= 850, `${index} hears ${heardMs} ms of ${other}`);
      }
    // One leaves: the two others go on.
    bridges[1]?.close();
    bridges[2]?.close();
    const [atA, atC] = [listenTo(a.phone), listenTo(c.phone)];
    b.phone.play(tone(2500, 300));
    await until('A still hears B', () => toneMs(atA(), 2500) >= 200);
    assert.equal(toneMs(atC(), 2500), 0);
  });

  it('makes an agent on the line the third of a conference: all hear each other, nobody himself', async () => {
    for (const isNear of [true, false]) {
      const caller = await line();
      const operator = await line(isNear ? { near: caller.line } : {});
      const bridge = caller.line.bridge(operator.line, { conference: true });
      const tap = caller.line.tap();
      const monitored: Int16Array[] = [];
      tap.audio.on((block) => monitored.push(block));
      const ears = {
        caller: listenTo(caller.phone),
        operator: listenTo(operator.phone),
        agent: listenTo(caller.line),
      };
      caller.phone.play(tone(600, 800, 6000));
      operator.phone.play(tone(1500, 800, 6000));
      caller.line.play(tone(2100, 800, 6000));
      await delay(1300);
      tap.close();
      const heardMs = (who: keyof typeof ears, frequencyHz: number) => toneMs(ears[who](), frequencyHz);
      for (const [who, own, others] of [
        ['caller', 600, [1500, 2100]],
        ['operator', 1500, [600, 2100]],
        ['agent', 2100, [600, 1500]],
      ] as const) {
        assert.equal(heardMs(who, own), 0, `the ${who} hears himself`);
        for (const frequencyHz of others)
          assert.ok(heardMs(who, frequencyHz) >= 650, `the ${who}: ${heardMs(who, frequencyHz)} ms`);
      }
      const blocks = joinSamples(monitored);
      const channel = (index: number) =>
        Int16Array.from({ length: blocks.length / 2 }, (_, at) => blocks[at * 2 + index] as number);
      assert.ok(toneMs(channel(0), 600) >= 650);
      assert.ok(toneMs(channel(1), 1500) >= 650 && toneMs(channel(1), 2100) >= 650, 'a monitor hears all');
      bridge.close();
      const [agent, atOperator] = [listenTo(caller.line), listenTo(operator.phone)];
      operator.phone.play(tone(1500, 200));
      caller.line.play(tone(2100, 200));
      await delay(500);
      assert.equal(toneMs(agent(), 1500) + toneMs(atOperator(), 2100), 0, 'after it each is alone');
    }
  });

  it('leaves an agent out that takes no part', async () => {
    const [caller, operator] = [await line(), await line()];
    caller.line.bridge(operator.line);
    const [agent, atOperator] = [listenTo(caller.line), listenTo(operator.phone)];
    operator.phone.play(tone(1500, 300));
    caller.line.play(tone(2100, 300));
    await delay(600);
    assert.equal(toneMs(agent(), 1500) + toneMs(atOperator(), 2100), 0);
  });

  it('is refused with itself', async () => {
    const { line: media } = await line();
    assert.throws(() => media.bridge(media), TypeError);
    assert.throws(() => media.bridge({} as MediaSession), TypeError);
  });
});
