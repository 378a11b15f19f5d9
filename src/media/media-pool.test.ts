import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { goertzel, joinSamples, rms, tone } from '../../test/support/tones.ts';
import { silentLogger } from '../lib/logger.ts';
import { createMediaPool } from './media-pool.ts';
import type { MediaParams, MediaPool, MediaSession, PlayoutEvent } from './media-session.ts';

const LOOPBACK = '127.0.0.1';

export function paramsTo(port: number, changes: Partial<MediaParams> = {}): MediaParams {
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

function collect(session: MediaSession): { frames: Int16Array[]; stop: () => void } {
  const frames: Int16Array[] = [];
  const stop = session.audio.on((frame) => frames.push(frame.samples.slice()));
  return { frames, stop };
}

/** Resolves with the first event that fits, or fails after two seconds. */
function until<T>(
  emitter: { on(listener: (value: T) => void): () => void },
  fits: (value: T) => boolean,
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

describe('media sessions over real sockets', () => {
  let pool: MediaPool;
  const pair = async (changes: Partial<MediaParams> = {}) => {
    const [a, b] = await Promise.all([
      pool.createSession({ bindAddress: LOOPBACK }),
      pool.createSession({ bindAddress: LOOPBACK }),
    ]);
    a.configure(paramsTo(b.localPort, changes));
    b.configure(paramsTo(a.localPort, changes));
    return [a, b] as const;
  };

  before(() => {
    pool = createMediaPool({ workers: 1, ports: { from: 42_000, to: 42_199 }, logger: silentLogger });
  });
  after(() => pool.close());

  for (const [codec, payloadType, ptimeMs] of [
    ['PCMU', 0, 20],
    ['PCMA', 8, 60],
  ] as const)
    it(`carries tones both ways as ${codec} in packets of ${ptimeMs} ms`, async () => {
      const [a, b] = await pair({ codec, payloadType, ptimeMs });
      const atA = collect(a);
      const atB = collect(b);
      a.play(tone(600, 400));
      b.play(tone(1500, 400));
      const [drained] = await Promise.all([
        until<PlayoutEvent>(a.playout, (event) => event.type === 'drained'),
        until<PlayoutEvent>(b.playout, (event) => event.type === 'drained'),
      ]);
      await delay(250);
      assert.equal(drained.position, 3200);
      for (const [frames, wanted, unwanted] of [
        [atB.frames, 600, 1500],
        [atA.frames, 1500, 600],
      ] as const) {
        assert.ok(frames.every((frame) => frame.length === 160));
        const loud = joinSamples(frames.filter((frame) => rms(frame) > 2000));
        assert.ok(loud.length >= 3200 - 320, `only ${loud.length} samples of tone came`);
        const middle = loud.subarray(800, 2400);
        assert.ok(goertzel(middle, wanted) > 7000);
        assert.ok(goertzel(middle, unwanted) < 200);
      }
      const [stats] = await Promise.all([a.close(), b.close()]);
      assert.equal(stats.codec, codec);
      assert.equal(stats.lost, 0);
      assert.equal(stats.rejected, 0);
    });
});
