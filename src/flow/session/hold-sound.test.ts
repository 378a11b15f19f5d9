import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { goertzel, joinSamples, rms } from '../../../test/support/tones.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import type { MediaSession } from '../../media/media-session.ts';
import { createHoldSound, type HoldSoundKind } from './hold-sound.ts';

const PER_MS = 8;

function waiting(kind: HoldSoundKind) {
  const clock = new FakeClock();
  const pieces: Int16Array[] = [];
  let cleared = 0;
  const media = {
    relay: (samples: Int16Array) => pieces.push(samples.slice()),
    clear: async () => {
      cleared += 1;
      return 0;
    },
  } as unknown as MediaSession;
  const sound = createHoldSound(kind, media, clock);
  const queuedMs = () => joinSamples(pieces).length / PER_MS;
  return { clock, sound, pieces, queuedMs, heard: () => joinSamples(pieces), cleared: () => cleared };
}

/** Longest stretch without a sound, in milliseconds. */
function longestSilenceMs(samples: Int16Array): number {
  let longest = 0;
  let silent = 0;
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    silent = rms(samples.subarray(at, at + 160)) < 20 ? silent + 20 : 0;
    longest = Math.max(longest, silent);
  }
  return longest;
}

describe('the sound of waiting', () => {
  it('rings at once with 425 Hz for 1.5 s, then again and again, and is never silent for 4 s', () => {
    const { clock, heard } = waiting('ringback');
    clock.advance(20_000);
    const samples = heard();
    assert.ok(goertzel(samples.subarray(0, 1500 * PER_MS), 425) > 3500);
    assert.equal(rms(samples.subarray(1500 * PER_MS, 5000 * PER_MS)), 0);
    assert.ok(goertzel(samples.subarray(5000 * PER_MS, 6500 * PER_MS), 425) > 3500);
    assert.ok(longestSilenceMs(samples) < 4_000);
  });

  it('plays music without a gap or a jump, also where its loop begins anew, and softer than speech', () => {
    const { clock, heard } = waiting('music');
    clock.advance(30_000);
    const samples = heard();
    assert.ok(longestSilenceMs(samples) === 0);
    let jump = 0;
    for (let at = 1; at < samples.length; at += 1)
      jump = Math.max(jump, Math.abs((samples[at] ?? 0) - (samples[at - 1] ?? 0)));
    assert.ok(jump < 1_000, `a jump of ${jump}`);
    assert.ok(rms(samples) > 200 && rms(samples) < 1_500, String(rms(samples)));
  });

  it('stays a little ahead of what is heard, never far', () => {
    const { clock, queuedMs } = waiting('music');
    for (let elapsedMs = 0; elapsedMs < 10_000; elapsedMs += 200) {
      const aheadMs = queuedMs() - elapsedMs;
      assert.ok(aheadMs >= 200 && aheadMs <= 600, `${aheadMs} ms ahead`);
      clock.advance(200);
    }
  });

  it('ends at once: drops what is queued, adds nothing more, and is stopped only once', async () => {
    const { clock, sound, pieces, cleared } = waiting('ringback');
    clock.advance(1_000);
    await Promise.all([sound.stop(), sound.stop()]);
    const count = pieces.length;
    clock.advance(5_000);
    assert.equal(pieces.length, count);
    assert.equal(cleared(), 1);
    assert.equal(clock.pendingCount, 0);
  });
});
