import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { goertzel, joinSamples, rms, tone } from '../../../test/support/tones.ts';
import { until } from '../../../test/support/until.ts';
import { Emitter } from '../../lib/emitter.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createMediaPool } from '../../media/media-pool.ts';
import type { MediaParams, MediaPool, MediaSession } from '../../media/media-session.ts';
import type { Leg, LegEnd } from '../leg.ts';
import { type Bridge, type BridgeEnd, bridge } from './bridge.ts';

const HOST = '127.0.0.1';
const WAV_HEADER_BYTES = 44;

/** What a bridge uses of a leg. */
function legWith(media: MediaSession) {
  return {
    media,
    end: undefined as LegEnd | undefined,
    ended: new Emitter<LegEnd>(),
    held: new Emitter<boolean>(),
    isHeld: false,
    dtmf: new Emitter<{ digit: string; durationMs: number; at: number }>(),
  };
}

type FakeLeg = ReturnType<typeof legWith>;
const asLeg = (leg: FakeLeg) => leg as unknown as Leg;

describe('a bridge between two legs over real media', () => {
  let pool: MediaPool;
  let phones: MediaPool;
  let folder: string;
  /** Two telephones, and the exchange's leg to each. */
  let alice: MediaSession;
  let bob: MediaSession;
  let a: FakeLeg;
  let b: FakeLeg;
  let joined: Bridge;
  let ends: BridgeEnd[];
  const keys: Record<'alice' | 'bob', string[]> = { alice: [], bob: [] };

  before(async () => {
    // Two workers, so that the legs lie in different ones.
    pool = createMediaPool({ workers: 2, ports: { from: 34_000, to: 34_099 }, logger: silentLogger });
    phones = createMediaPool({ workers: 1, ports: { from: 34_100, to: 34_199 }, logger: silentLogger });
    folder = await mkdtemp(join(tmpdir(), 'offhook-bridge-'));
  });
  after(async () => {
    await Promise.all([pool.close(), phones.close()]);
    await rm(folder, { recursive: true });
  });

  function paramsTo(port: number, changes: Partial<MediaParams> = {}): MediaParams {
    return {
      remoteAddress: HOST,
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

  async function connected(changes: Partial<MediaParams> = {}): Promise<[MediaSession, MediaSession]> {
    const [phone, leg] = await Promise.all([
      phones.createSession({ bindAddress: HOST }),
      pool.createSession({ bindAddress: HOST }),
    ]);
    phone.configure(paramsTo(leg.localPort, changes));
    leg.configure(paramsTo(phone.localPort, changes));
    return [phone, leg];
  }

  beforeEach(async () => {
    const [toAlice, toBob] = await Promise.all([connected(), connected()]);
    alice = toAlice[0];
    bob = toBob[0];
    a = legWith(toAlice[1]);
    b = legWith(toBob[1]);
    keys.alice = [];
    keys.bob = [];
    alice.dtmf.on(({ digit }) => keys.alice.push(digit));
    bob.dtmf.on(({ digit }) => keys.bob.push(digit));
    joined = bridge(asLeg(a), asLeg(b));
    ends = [];
    joined.ended.on((end) => ends.push(end));
  });
  afterEach(async () => {
    joined.close();
    await Promise.all([alice, bob, a.media, b.media].map((media) => media.close()));
  });

  /** What a session hears from now on. */
  function listen(media: MediaSession): () => Int16Array {
    const frames: Int16Array[] = [];
    media.audio.on(({ samples }) => frames.push(samples.slice()));
    return () => joinSamples(frames);
  }

  /** Milliseconds of a tone in what was heard. */
  function toneMs(samples: Int16Array, frequencyHz: number): number {
    let count = 0;
    for (let at = 0; at + 160 <= samples.length; at += 160)
      if (goertzel(samples.subarray(at, at + 160), frequencyHz) > 3000) count += 1;
    return count * 20;
  }

  /** One channel of a WAV. */
  function channelOf(file: Buffer, index: number): Int16Array {
    const frameBytes = file.readUInt16LE(32);
    return Int16Array.from({ length: Math.floor((file.length - WAV_HEADER_BYTES) / frameBytes) }, (_, at) =>
      file.readInt16LE(WAV_HEADER_BYTES + at * frameBytes + index * 2),
    );
  }

  it('carries both voices at once, each to the other side alone', async () => {
    const atAlice = listen(alice);
    const atBob = listen(bob);
    alice.play(tone(600, 1000));
    bob.play(tone(1500, 1000));
    await delay(1500);
    assert.ok(toneMs(atBob(), 600) >= 900, `${toneMs(atBob(), 600)} ms of Alice`);
    assert.ok(toneMs(atAlice(), 1500) >= 900, `${toneMs(atAlice(), 1500)} ms of Bob`);
    assert.equal(toneMs(atAlice(), 600) + toneMs(atBob(), 1500), 0, 'nobody hears himself');
  });

  it('records on the first leg each party on a channel of its own', async () => {
    const path = join(folder, 'bridged.wav');
    a.media.startRecording(path);
    alice.play(tone(600, 600));
    bob.play(tone(1500, 600));
    await delay(900);
    a.media.play(tone(2100, 300));
    await delay(500);
    const { channels } = await a.media.stopRecording();
    assert.deepEqual(channels, ['received', 'sent', 'joined']);
    const file = await readFile(path);
    for (const [channel, own] of [600, 2100, 1500].entries())
      for (const frequencyHz of [600, 2100, 1500]) {
        const heardMs = toneMs(channelOf(file, channel), frequencyHz);
        if (frequencyHz === own) assert.ok(heardMs >= 250, `channel ${channel}: ${heardMs} ms of ${own} Hz`);
        else assert.equal(heardMs, 0, `channel ${channel} has ${frequencyHz} Hz`);
      }
  });

  it('carries on while the main thread stands still', async () => {
    const path = join(folder, 'paused.wav');
    const atBob = listen(bob);
    bob.startRecording(path);
    alice.play(tone(600, 1500));
    await until('Bob hears Alice', () => toneMs(atBob(), 600) > 100);
    const blockedUntil = performance.now() + 600;
    while (performance.now() < blockedUntil);
    await delay(1200);
    await bob.stopRecording();
    const heard = channelOf(await readFile(path), 0);
    const first = heard.findIndex((sample) => Math.abs(sample) > 4000);
    const steady = heard.subarray(first + 800, first + 10_400);
    // A busy machine may cost some frames; over the main thread the pause would cost thirty.
    const heardMs = toneMs(steady, 600);
    assert.ok(heardMs >= 1000, `of 1200 ms Bob heard ${heardMs} meanwhile`);
  });

  it('sends keys on, those of RFC 4733 and those of SIP INFO, once each', async () => {
    alice.sendDtmf('15');
    bob.sendDtmf('#');
    await until('the keys are heard', () => keys.bob.length === 2 && keys.alice.length === 1);
    const info = { digit: '9', durationMs: 0, at: 0 };
    a.dtmf.emit(info);
    // An owner that passes keys of SIP INFO on to those who listen to the media.
    a.media.dtmf.emit(info);
    await until('the key of INFO is heard', () => keys.bob.length === 3);
    await delay(300);
    assert.deepEqual(keys, { bob: ['1', '5', '9'], alice: ['#'] });
  });

  it('keeps the other side in silence while one holds, also music of its own, and goes on after it', async () => {
    a.media.configure(paramsTo(alice.localPort, { direction: 'recvonly' }));
    const atBob = listen(bob);
    alice.play(tone(600, 400));
    await delay(600);
    assert.ok(atBob().length > 0 && rms(atBob()) === 0, 'Bob hears silence');
    a.media.configure(paramsTo(alice.localPort));
    alice.play(tone(600, 400));
    await until('Bob hears Alice again', () => toneMs(atBob(), 600) >= 300);
  });

  it('fills a hold with a sound where it is given one, also a hold that began before', async () => {
    joined.close();
    const log: string[] = [];
    const holdSound = (line: MediaSession) => {
      const name = line === b.media ? 'Bob' : 'Alice';
      log.push(`${name} waits`);
      return {
        stop: async () => {
          log.push(`${name} goes on`);
        },
      };
    };
    const held = bridge(asLeg({ ...a, isHeld: true }), asLeg(b), { holdSound });
    a.held.emit(true);
    a.held.emit(false);
    b.held.emit(true);
    held.close();
    a.held.emit(true);
    assert.deepEqual(log, ['Bob waits', 'Bob goes on', 'Alice waits', 'Alice goes on']);
  });

  it('ends with the leg that ends first, says which and how, and carries nothing more', async () => {
    const end: LegEnd = { by: 'peer', detail: 'Q.850;cause=16' };
    b.ended.emit(end);
    a.ended.emit({ by: 'us' });
    assert.deepEqual(ends, [{ by: 'b', end }]);
    assert.deepEqual(joined.end, ends[0]);
    const atAlice = listen(alice);
    bob.play(tone(1500, 300));
    await delay(500);
    assert.equal(toneMs(atAlice(), 1500), 0);
  });

  it('is over from the start where a leg has ended before it', () => {
    const end: LegEnd = { by: 'peer' };
    const late = bridge(asLeg(a), asLeg({ ...b, end }));
    assert.deepEqual(late.end, { by: 'b', end });
    late.close();
  });

  it('parts the legs when it is closed, and tells of no end', async () => {
    joined.close();
    const atBob = listen(bob);
    alice.play(tone(600, 300));
    a.ended.emit({ by: 'peer' });
    await delay(500);
    assert.equal(toneMs(atBob(), 600), 0);
    assert.deepEqual(ends, []);
  });
});
