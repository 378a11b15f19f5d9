import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { RtpPeer } from '../../test/support/rtp-peer.ts';
import { goertzel, joinSamples, rms, tone } from '../../test/support/tones.ts';
import { until } from '../../test/support/until.ts';
import { silentLogger } from '../lib/logger.ts';
import { Secret } from '../lib/secret.ts';
import { createMediaPool } from './media-pool.ts';
import type { AudioCodec, MediaParams, MediaPool, MediaSession } from './media-session.ts';
import type { SrtpSuite } from './srtp/srtp-suite.ts';

const LOOPBACK = '127.0.0.1';
const FRAME = 160;
const PAYLOAD_TYPES: Record<AudioCodec, number> = { PCMU: 0, PCMA: 8, G722: 9, opus: 111 };
const SUITES: readonly SrtpSuite[] = ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'];

const newKey = () => new Secret(randomBytes(30).toString('base64'));

function paramsFor(codec: AudioCodec, changes: Partial<MediaParams> = {}) {
  return {
    codec,
    payloadType: PAYLOAD_TYPES[codec],
    dtmfPayloadType: 101,
    dtmfClockRateHz: codec === 'opus' ? 48_000 : 8_000,
    ptimeMs: 20,
    direction: 'sendrecv' as const,
    ...changes,
  };
}

function configure(session: MediaSession, port: number, params: ReturnType<typeof paramsFor>): void {
  session.configure({
    remoteAddress: LOOPBACK,
    remotePort: port,
    remoteRtcpPort: port + 1,
    ...params,
  });
}

/** What is heard from now on. */
function listen(session: MediaSession): () => Int16Array {
  const frames: Int16Array[] = [];
  session.audio.on(({ samples }) => frames.push(samples.slice()));
  return () => joinSamples(frames);
}

/** Frames of 20 ms in which a frequency is loud. */
function loudFrames(heard: Int16Array, hz: number): number {
  let count = 0;
  for (let at = 0; at + FRAME <= heard.length; at += FRAME)
    if (goertzel(heard.subarray(at, at + FRAME), hz) > 4_000) count += 1;
  return count;
}

describe('media sessions of every codec, plain and protected', { concurrency: false }, () => {
  let pool: MediaPool;
  before(() => {
    pool = createMediaPool({ workers: 1, ports: { from: 42_200, to: 42_399 }, logger: silentLogger });
  });
  after(() => pool.close());

  const open = () => pool.createSession({ bindAddress: LOOPBACK });

  for (const [codec, suite, ptimeMs] of [
    ['G722', undefined, 20],
    ['G722', SUITES[0], 40],
    ['opus', undefined, 20],
    ['opus', SUITES[1], 60],
    ['PCMU', SUITES[0], 20],
    ['PCMA', SUITES[1], 20],
  ] as const)
    it(`${codec}${suite ? ` with ${suite}` : ''} in packets of ${ptimeMs} ms carries tones and a key both ways`, async () => {
      const [a, b] = await Promise.all([open(), open()]);
      const [keyA, keyB] = [newKey(), newKey()];
      const srtpA = suite && { suite, sendKey: keyA, receiveKey: keyB };
      const srtpB = suite && { suite, sendKey: keyB, receiveKey: keyA };
      configure(a, b.localPort, paramsFor(codec, { ptimeMs, ...(srtpA && { srtp: srtpA }) }));
      configure(b, a.localPort, paramsFor(codec, { ptimeMs, ...(srtpB && { srtp: srtpB }) }));
      const [heardByA, heardByB] = [listen(a), listen(b)];
      const keys: { digit: string; durationMs: number }[] = [];
      b.dtmf.on((key) => keys.push(key));
      a.play(tone(600, 600));
      a.sendDtmf('7', { durationMs: 200 });
      b.play(tone(1_500, 600));
      await until('the key has come', () => keys.length === 1);
      await delay(200);
      for (const [heard, wanted, unwanted] of [
        [heardByB(), 600, 1_500],
        [heardByA(), 1_500, 600],
      ] as const) {
        const loud = loudFrames(heard, wanted);
        assert.ok(loud >= 24 && loud <= 32, `${loud} frames of ${wanted} Hz`);
        assert.equal(loudFrames(heard, unwanted), 0);
      }
      assert.deepEqual([keys[0]?.digit, keys[0]?.durationMs], ['7', 200]);
      const [stats] = await Promise.all([a.close(), b.close()]);
      assert.deepEqual([stats.codec, stats.lost, stats.rejected], [codec, 0, 0]);
      assert.deepEqual(stats.srtp, suite && { suite, authenticationFailures: 0, replayed: 0 });
    });

  it('another key is silence, which is counted, and so is a stranger who sends in the clear', async () => {
    const [a, b] = await Promise.all([open(), open()]);
    const suite = SUITES[0] as SrtpSuite;
    const srtp = () => ({ suite, sendKey: newKey(), receiveKey: newKey() });
    configure(a, b.localPort, paramsFor('PCMU', { srtp: srtp() }));
    configure(b, a.localPort, paramsFor('PCMU', { srtp: srtp() }));
    const heard = listen(b);
    const stranger = await RtpPeer.bind(LOOPBACK, b.localPort);
    a.play(tone(600, 400));
    await stranger.stream(tone(2_500, 400));
    const stats = await b.stats();
    assert.ok((stats.srtp?.authenticationFailures ?? 0) > 30, JSON.stringify(stats));
    assert.equal(stats.received, 0);
    assert.equal(rms(heard()), 0);
    assert.equal(stranger.packets.length, 0, 'he is not sent anything');
    await Promise.all([a.close(), b.close(), stranger.close()]);
  });

  it('new keys of a re-INVITE are taken up without a gap', async () => {
    const [a, b] = await Promise.all([open(), open()]);
    const suite = SUITES[0] as SrtpSuite;
    const heard = listen(b);
    const rekey = () => {
      const [one, other] = [newKey(), newKey()];
      configure(b, a.localPort, paramsFor('PCMU', { srtp: { suite, sendKey: other, receiveKey: one } }));
      configure(a, b.localPort, paramsFor('PCMU', { srtp: { suite, sendKey: one, receiveKey: other } }));
    };
    rekey();
    a.play(tone(600, 900));
    for (let i = 0; i < 2; i += 1) {
      await delay(300);
      rekey();
    }
    await delay(600);
    const loud = loudFrames(heard(), 600);
    assert.ok(loud >= 40 && loud <= 46, `${loud} frames`);
    const { srtp } = await b.stats();
    assert.equal(srtp?.authenticationFailures, 0);
    await Promise.all([a.close(), b.close()]);
  });

  it('a change of codec in a call loses nothing of a tone and does not click', async () => {
    const [a, b] = await Promise.all([open(), open()]);
    const change = (codec: AudioCodec) => {
      configure(b, a.localPort, paramsFor(codec));
      configure(a, b.localPort, paramsFor(codec));
    };
    change('PCMU');
    const heard = listen(b);
    a.play(tone(500, 3_000, 6_000));
    for (const codec of ['opus', 'PCMA', 'G722', 'PCMU'] as const) {
      await delay(500);
      change(codec);
    }
    await delay(1_400);
    const audio = heard();
    const loud = loudFrames(audio, 500);
    assert.ok(loud >= 143 && loud <= 153, `${loud} frames of 150`);
    const start = audio.findIndex((sample) => Math.abs(sample) > 3_000) + FRAME;
    // A click has what a tone of 500 Hz has not: the steepest step of the tone itself is 2356.
    let steepest = 0;
    for (let i = start; i < start + 22_000; i += 1)
      steepest = Math.max(steepest, Math.abs((audio[i] as number) - (audio[i - 1] as number)));
    assert.ok(steepest < 9_000, `a step of ${steepest}`);
    const { lost, rejected } = await b.stats();
    assert.deepEqual([lost, rejected], [0, 0]);
    await Promise.all([a.close(), b.close()]);
  });

  it('keys that are no keys are refused before they reach a worker', async () => {
    const session = await open();
    const srtp = { suite: SUITES[0] as SrtpSuite, sendKey: new Secret('c2hvcnQ='), receiveKey: newKey() };
    assert.throws(() => configure(session, 9, paramsFor('PCMU', { srtp })), /srtp does not fit/);
    await session.close();
  });
});
