import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { RtpPeer } from '../../test/support/rtp-peer.ts';
import { goertzel, joinSamples, tone } from '../../test/support/tones.ts';
import { silentLogger } from '../lib/logger.ts';
import { createMediaPool } from './media-pool.ts';
import type { MediaPool, MediaSession, MediaTap } from './media-session.ts';

const LOOPBACK = '127.0.0.1';
/** 100 ms of two channels at 8 kHz. */
const BLOCK_SAMPLES = 1600;

describe('a tap of a media session', () => {
  let pool: MediaPool;

  before(() => {
    pool = createMediaPool({ workers: 1, ports: { from: 42_500, to: 42_519 }, logger: silentLogger });
  });
  after(() => pool.close());

  const withPeer = async (): Promise<[MediaSession, RtpPeer]> => {
    const session = await pool.createSession({ bindAddress: LOOPBACK });
    const peer = await RtpPeer.bind(LOOPBACK, session.localPort);
    const remote = { remoteAddress: LOOPBACK, remotePort: peer.port, remoteRtcpPort: peer.port + 1 };
    session.configure({ ...remote, codec: 'PCMU', payloadType: 0, ptimeMs: 20, direction: 'sendrecv' });
    return [session, peer];
  };
  const collect = ({ audio }: MediaTap) => {
    const blocks: Int16Array[] = [];
    audio.on((block) => blocks.push(block));
    return blocks;
  };
  const channel = (samples: Int16Array, index: number) =>
    Int16Array.from({ length: samples.length / 2 }, (_, i) => samples[i * 2 + index] as number);

  it('gives what is heard and what is said, side by side', async () => {
    const [session, peer] = await withPeer();
    const tap = session.tap();
    const blocks = collect(tap);
    session.play(tone(1500, 400));
    await peer.stream(tone(600, 400));
    tap.close();
    assert.ok(blocks.length >= 3, `${blocks.length} blocks`);
    assert.ok(blocks.every((block) => block.length === BLOCK_SAMPLES));
    for (const [index, wanted, unwanted] of [
      [0, 600, 1500],
      [1, 1500, 600],
    ] as const) {
      const side = channel(joinSamples(blocks), index);
      const start = side.findIndex((sample) => Math.abs(sample) > 4000);
      assert.ok(start >= 0 && start < BLOCK_SAMPLES, `channel ${index} begins at ${start}`);
      const middle = side.subarray(start + 160, start + 960);
      assert.ok(goertzel(middle, wanted) > 6000, `${wanted} Hz: ${goertzel(middle, wanted)}`);
      assert.ok(goertzel(middle, unwanted) < 400);
    }
    await Promise.all([session.close(), peer.close()]);
  });

  it('is one of several: each ends for itself, and after the last nothing is told', async () => {
    const [session, peer] = await withPeer();
    const [first, second] = [session.tap(), session.tap()];
    const [atFirst, atSecond] = [collect(first), collect(second)];
    await delay(250);
    first.close();
    first.close();
    const told = atFirst.length;
    assert.ok(told >= 1);
    await delay(250);
    assert.equal(atFirst.length, told);
    assert.ok(atSecond.length > told);
    second.close();
    // Whoever listens on after the close would hear what the worker still told.
    await session.stats();
    const atEnd = atSecond.length;
    await delay(250);
    assert.equal(atSecond.length, atEnd);
    const again = session.tap();
    const atAgain = collect(again);
    await delay(250);
    assert.ok(atAgain.length >= 1, 'a session can be tapped anew');
    again.close();
    await Promise.all([session.close(), peer.close()]);
  });

  it('of a session that is over is silent', async () => {
    const [session, peer] = await withPeer();
    const early = collect(session.tap());
    await session.close();
    const told = early.length;
    const late = collect(session.tap());
    await delay(150);
    assert.deepEqual([late.length, early.length], [0, told]);
    await peer.close();
  });
});
