import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { RtpPeer } from '../../test/support/rtp-peer.ts';
import { goertzel, joinSamples, rms, tone } from '../../test/support/tones.ts';
import { silentLogger } from '../lib/logger.ts';
import { createMediaPool } from './media-pool.ts';
import type { AudioFrame, MediaParams, MediaPool, MediaSession, PlayoutEvent } from './media-session.ts';

const LOOPBACK = '127.0.0.1';
const STRANGER = '127.0.0.9';
const WAV_HEADER_BYTES = 44;

function paramsTo(port: number, changes: Partial<MediaParams> = {}): MediaParams {
  return {
    remoteAddress: LOOPBACK,
    remotePort: port,
    remoteRtcpPort: port + 1,
    codec: 'PCMU',
    payloadType: 0,
    dtmfPayloadType: 101,
    ptimeMs: 20,
    direction: 'sendrecv',
    ...changes,
  };
}

function collect(session: MediaSession): AudioFrame[] {
  const frames: AudioFrame[] = [];
  session.audio.on((frame) => frames.push({ samples: frame.samples.slice(), at: frame.at }));
  return frames;
}

function samplesOf(frames: AudioFrame[]): Int16Array {
  return joinSamples(frames.map((frame) => frame.samples));
}

/** Resolves with the first event that fits, or fails after two seconds. */
function until<T>(
  emitter: { on(listener: (value: T) => void): () => void },
  fits: (value: T) => boolean = () => true,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The event did not come within two seconds.')), 2000);
    const stop = emitter.on((value) => {
      if (!fits(value)) return;
      clearTimeout(timer);
      stop();
      resolve(value);
    });
  });
}

const drained = (session: MediaSession) =>
  until<PlayoutEvent>(session.playout, (event) => event.type === 'drained');

describe('media sessions over real sockets', () => {
  let pool: MediaPool;
  let folder: string;
  const open = () => pool.createSession({ bindAddress: LOOPBACK });
  const pair = async (changes: Partial<MediaParams> = {}) => {
    const [a, b] = await Promise.all([open(), open()]);
    a.configure(paramsTo(b.localPort, changes));
    b.configure(paramsTo(a.localPort, changes));
    return [a, b] as const;
  };
  const withPeer = async (changes: Partial<MediaParams> = {}) => {
    const session = await open();
    const peer = await RtpPeer.bind(LOOPBACK, session.localPort);
    session.configure(paramsTo(peer.port, changes));
    return [session, peer] as const;
  };

  before(async () => {
    pool = createMediaPool({ workers: 1, ports: { from: 42_000, to: 42_199 }, logger: silentLogger });
    folder = await mkdtemp(join(tmpdir(), 'offhook-media-'));
  });
  after(async () => {
    await pool.close();
    await rm(folder, { recursive: true });
  });

  for (const [codec, payloadType, ptimeMs] of [
    ['PCMU', 0, 20],
    ['PCMA', 8, 60],
  ] as const)
    it(`carry tones both ways as ${codec} in packets of ${ptimeMs} ms, and record both`, async () => {
      const [a, b] = await pair({ codec, payloadType, ptimeMs });
      const path = join(folder, `${codec}.wav`);
      a.startRecording(path);
      const atA = collect(a);
      const atB = collect(b);
      a.play(tone(600, 400));
      b.play(tone(1500, 400));
      const [end] = await Promise.all([drained(a), drained(b)]);
      await delay(250);
      assert.equal(end.position, 3200);
      const recorded = await a.stopRecording();
      assert.equal(recorded.error, undefined);
      const file = await readFile(path);
      assert.equal(file.length - WAV_HEADER_BYTES, recorded.durationMs * 32);
      const channel = (offset: number) =>
        Int16Array.from({ length: recorded.durationMs * 8 }, (_, i) =>
          file.readInt16LE(WAV_HEADER_BYTES + i * 4 + offset),
        );
      for (const [heard, wanted, unwanted] of [
        [samplesOf(atB), 600, 1500],
        [samplesOf(atA), 1500, 600],
        [channel(0), 1500, 600],
        [channel(2), 600, 1500],
      ] as const) {
        const loud = heard.filter((_, i) => i % 160 === 0 && rms(heard.subarray(i, i + 160)) > 4000).length;
        assert.ok(loud >= 17 && loud <= 21, `${loud} frames of tone`);
        const start = heard.findIndex((sample) => Math.abs(sample) > 4000);
        const middle = heard.subarray(start + 400, start + 2000);
        assert.ok(goertzel(middle, wanted) > 7000, `${wanted} Hz: ${goertzel(middle, wanted)}`);
        assert.ok(goertzel(middle, unwanted) < 200);
      }
      const [stats] = await Promise.all([a.close(), b.close()]);
      assert.equal(stats.codec, codec);
      assert.equal(stats.lost, 0);
      assert.equal(stats.rejected, 0);
      assert.ok(stats.sendLatenessP99Ms > 0 && stats.received > 5);
    });

  it('hear nothing of a stranger and send him nothing, before and after the lock', async () => {
    const [session, peer] = await withPeer({ signallingAddress: LOOPBACK });
    const stranger = await RtpPeer.bind(STRANGER, session.localPort);
    const heard = collect(session);
    session.play(tone(700, 1000));
    const spray = stranger.stream(tone(2500, 600));
    await delay(150);
    await peer.stream(tone(1000, 400));
    await spray;
    await stranger.stream(tone(2500, 100));
    stranger.sendRtcp(Buffer.from('81c9000700000001', 'hex'));
    await delay(150);
    const audio = samplesOf(heard);
    assert.ok(goertzel(audio, 1000) > 2000);
    assert.ok(goertzel(audio, 2500) < 30, `stranger at ${goertzel(audio, 2500)}`);
    assert.equal(stranger.packets.length, 0);
    assert.ok(peer.packets.length > 20);
    const stats = await session.close();
    assert.ok(stats.rejected >= 5, `${stats.rejected} rejected`);
    assert.equal(stats.received, 20);
    await Promise.all([peer.close(), stranger.close()]);
  });

  it('find a caller behind NAT by what comes from where he signals', async () => {
    const session = await open();
    const peer = await RtpPeer.bind(LOOPBACK, session.localPort);
    const heard = collect(session);
    session.configure(
      paramsTo(9, { remoteAddress: '10.255.255.1', signallingAddress: LOOPBACK, direction: 'sendrecv' }),
    );
    await peer.stream(tone(1000, 400));
    await delay(100);
    assert.ok(goertzel(samplesOf(heard), 1000) > 3000);
    assert.ok(peer.packets.length > 5, 'audio goes to where the caller really is');
    await Promise.all([session.close(), peer.close()]);
  });

  it('follow a re-INVITE to a new place and SSRC, and no longer hear the old one', async () => {
    const [session, first] = await withPeer();
    await first.stream(tone(1000, 200));
    const second = await RtpPeer.bind(LOOPBACK, session.localPort);
    session.configure(paramsTo(second.port));
    await session.stats();
    const heard = collect(session);
    await Promise.all([first.stream(tone(2500, 300)), second.stream(tone(600, 300))]);
    await delay(80);
    const audio = samplesOf(heard);
    assert.ok(goertzel(audio, 600) > 3000);
    assert.ok(goertzel(audio.subarray(800), 2500) < 100);
    const stats = await session.close();
    assert.equal(stats.received, 25);
    await Promise.all([first.close(), second.close()]);
  });

  it('know at a clearing how much was really sent', async () => {
    const [session, peer] = await withPeer();
    const started = until<PlayoutEvent>(session.playout, (event) => event.type === 'started');
    assert.equal(session.play(tone(1000, 2000)), 16_000);
    await started;
    await delay(200);
    const position = await session.clear();
    await delay(100);
    const voiced = peer.packets.filter((packet) => rms(packet.samples) > 1000);
    assert.equal(position, voiced.length * 160);
    assert.ok(position >= 8 * 160 && position <= 14 * 160, String(position));
    assert.ok(voiced[0]?.marker, 'a talk spurt begins with the marker');
    const next = drained(session);
    assert.equal(session.play(tone(500, 40)), 16_320);
    assert.equal((await next).position, 16_320);
    await Promise.all([session.close(), peer.close()]);
  });

  it('send an unbroken, evenly paced stream, silence while nothing is said', async () => {
    const [session, peer] = await withPeer();
    session.play(tone(1000, 100));
    await delay(500);
    await session.close();
    const [first] = peer.packets;
    assert.ok(first?.marker);
    assert.ok(peer.packets.length >= 22 && peer.packets.length <= 27, `${peer.packets.length} packets`);
    for (const [i, packet] of peer.packets.entries()) {
      assert.equal(packet.sequence, (first.sequence + i) & 0xffff);
      assert.equal(packet.timestamp, (first.timestamp + i * 160) >>> 0);
    }
    assert.equal(rms(peer.packets.at(-1)?.samples ?? new Int16Array([1])), 0);
    await peer.close();
  });

  it('let what is said on hold pass unsent, in its time', async () => {
    const [session, peer] = await withPeer({ direction: 'recvonly' });
    const end = drained(session);
    session.play(tone(1000, 200));
    assert.equal((await end).position, 1600);
    assert.equal(peer.packets.length, 0);
    session.configure(paramsTo(peer.port));
    await delay(100);
    assert.ok(peer.packets.length >= 3);
    assert.ok(peer.packets.every((packet) => rms(packet.samples) === 0));
    await Promise.all([session.close(), peer.close()]);
  });

  it('deliver whole frames in order through 5 % loss, reordering and duplicates', async () => {
    const [session, peer] = await withPeer();
    const heard = collect(session);
    await peer.stream(tone(1000, 1200), (index) => {
      if (index % 20 === 7) return [];
      if (index % 10 === 3) return [index + 1];
      if (index % 10 === 4) return [index - 1];
      return index % 15 === 5 ? [index, index] : [index];
    });
    await delay(150);
    const stats = await session.stats();
    assert.equal(stats.lost, 3);
    assert.equal(stats.duplicated, 4);
    assert.equal(stats.received, 57);
    const audio = samplesOf(heard);
    const start = audio.findIndex((sample) => Math.abs(sample) > 4000);
    const quiet = Array.from({ length: 55 }, (_, i) =>
      audio.subarray(start + i * 160, start + (i + 1) * 160),
    );
    assert.ok(
      quiet.every((frame) => rms(frame) > 2500),
      'losses are covered',
    );
    assert.ok(goertzel(audio.subarray(start, start + 8000), 1000) > 6500);
    await Promise.all([session.close(), peer.close()]);
  });

  it('press keys to each other, once each, over lost and repeated packets', async () => {
    const [a, b] = await pair();
    const keys: string[] = [];
    const all = until(b.dtmf, ({ digit }) => {
      keys.push(digit);
      return keys.length === 4;
    });
    const back = until(a.dtmf);
    a.play(tone(700, 60));
    a.sendDtmf('1#d1', { durationMs: 60, gapMs: 60 });
    b.sendDtmf('9');
    const last = await all;
    assert.deepEqual(keys, ['1', '#', 'D', '1']);
    assert.equal(last.durationMs, 60);
    assert.deepEqual((await back).digit, '9');
    assert.throws(() => a.sendDtmf('1x'), RangeError);
    await Promise.all([a.close(), b.close()]);
  });

  it('send keys as tones to a peer that knows no events', async () => {
    const session = await open();
    const peer = await RtpPeer.bind(LOOPBACK, session.localPort);
    const { dtmfPayloadType: _, ...params } = paramsTo(peer.port);
    session.configure(params);
    session.sendDtmf('5', { durationMs: 100 });
    await delay(250);
    const loud = joinSamples(
      peer.packets.map(({ samples }) => samples).filter((samples) => rms(samples) > 500),
    );
    assert.equal(loud.length, 800);
    assert.ok(goertzel(loud, 770) > 5000 && goertzel(loud, 1336) > 5000);
    await Promise.all([session.close(), peer.close()]);
  });

  it('survive hostile packets of the locked source, and go on hearing it', async () => {
    const [session, peer] = await withPeer();
    const heard = collect(session);
    await peer.stream(tone(1000, 100));
    let seed = 20_260_101;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return seed % below;
    };
    for (let i = 0; i < 3000; i += 1) {
      const bytes = Buffer.from(Array.from({ length: random(60) }, () => random(256)));
      if (bytes.length > 1 && i % 2) bytes.set([0x80 | random(64), [0, 13, 101, 8][random(4)] as number]);
      if (i % 3) peer.sendRaw(bytes);
      else peer.sendRtcp(bytes);
      if (i % 200 === 0) await delay(1);
    }
    await delay(100);
    heard.length = 0;
    await peer.stream(tone(600, 500));
    await delay(100);
    assert.ok(goertzel(samplesOf(heard).subarray(-3200), 600) > 3000);
    const stats = await session.close();
    assert.ok(stats.rejected > 1000);
    await peer.close();
  });

  it('say at the end how the peer was received', async () => {
    const [a, b] = await pair();
    const failures: string[] = [];
    a.failed.on(({ error }) => failures.push(error));
    await delay(100);
    assert.ok((await b.close()).sent >= 3);
    await delay(50);
    assert.equal((await a.stats()).remoteLoss, 0);
    // The peer's socket is closed: what comes back for our packets is no failure of the session.
    assert.deepEqual(failures, []);
    await a.close();
  });
});

describe('the media pool', () => {
  it('says when no port is left, passes over ports that others hold, and gives closed ones again', async () => {
    const held = createSocket('udp4');
    await new Promise<void>((resolve) => held.bind({ address: LOOPBACK, port: 42_303 }, resolve));
    const pool = createMediaPool({ workers: 1, ports: { from: 42_300, to: 42_305 }, logger: silentLogger });
    try {
      const [a, b] = await Promise.all([1, 2].map(() => pool.createSession({ bindAddress: LOOPBACK })));
      assert.deepEqual([a?.localPort, b?.localPort].sort(), [42_300, 42_304]);
      await assert.rejects(pool.createSession({ bindAddress: LOOPBACK }), { code: 'ports-exhausted' });
      assert.equal(pool.activeCount, 2);
      await a?.close();
      assert.equal(pool.activeCount, 1);
      const again = await pool.createSession({ bindAddress: LOOPBACK });
      assert.equal(again.localPort, a?.localPort);
      await assert.rejects(pool.createSession({ bindAddress: '203.0.113.1' }), { code: /EADDR/ });
    } finally {
      await pool.close();
      held.close();
    }
    assert.equal(pool.activeCount, 0);
    await assert.rejects(pool.createSession({ bindAddress: LOOPBACK }), { code: 'closed' });
  });

  it('tells the sessions of a worker that dies, and starts another for later ones', async () => {
    const errors: string[] = [];
    const logger = { ...silentLogger, error: (_: object, message: string) => errors.push(message) };
    const pool = createMediaPool({ workers: 1, ports: { from: 42_320, to: 42_329 }, logger });
    const session = await pool.createSession({ bindAddress: LOOPBACK });
    session.configure(paramsTo(42_400));
    const failed = until(session.failed);
    // Breaks in the worker, where it takes this for samples.
    session.play({ length: 1, slice: () => ({ length: 1, buffer: new ArrayBuffer(2) }) } as never);
    assert.match((await failed).error, /media worker died/);
    assert.equal(errors.length, 1);
    assert.equal(await session.clear(), 0);
    assert.match((await session.stopRecording()).error ?? '', /over/);
    assert.equal((await session.close()).codec, 'none');
    assert.equal(pool.activeCount, 0);
    const next = await pool.createSession({ bindAddress: LOOPBACK });
    next.configure(paramsTo(42_400));
    const end = drained(next);
    next.play(tone(500, 20));
    assert.equal((await end).position, 160);
    await pool.close();
  });

  it('refuses what no session can work with', async () => {
    const pool = createMediaPool({ workers: 1, ports: { from: 42_310, to: 42_311 }, logger: silentLogger });
    const session = await pool.createSession({ bindAddress: LOOPBACK });
    for (const wrong of [
      { remoteAddress: 'host.example' },
      { remotePort: 70_000 },
      { payloadType: 128 },
      { ptimeMs: Number.NaN },
    ])
      assert.throws(() => session.configure(paramsTo(4000, wrong)), RangeError);
    await pool.close();
    assert.equal((await session.stats()).codec, 'none');
    assert.match((await session.stopRecording()).error ?? '', /over/);
  });
});
