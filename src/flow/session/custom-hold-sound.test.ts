import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { goertzel, joinSamples, rms, tone } from '../../../test/support/tones.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import type { MediaSession } from '../../media/media-session.ts';
import { createCustomHoldSound } from './custom-hold-sound.ts';

const URL = 'https://customer.example/hold.mp3';
const PER_MS = 8;

/** A line on a fake clock: what it plays in each 20 ms, silence where nothing is queued. */
class PlayedLine {
  readonly heard: Int16Array[] = [];
  #queue: Int16Array = new Int16Array(0);

  relay(samples: Int16Array): void {
    this.#queue = joinSamples([this.#queue, samples]);
  }

  async clear(): Promise<number> {
    this.#queue = new Int16Array(0);
    return 0;
  }

  tick(): void {
    const frame = new Int16Array(160);
    frame.set(this.#queue.subarray(0, 160));
    this.#queue = this.#queue.slice(160);
    this.heard.push(frame);
  }
}

function waiting() {
  const clock = new FakeClock();
  const line = new PlayedLine();
  const loaded = Promise.withResolvers<Int16Array>();
  const failures: string[] = [];
  const sound = createCustomHoldSound({
    url: URL,
    audio: { load: (url) => (url === URL ? loaded.promise : Promise.reject(new Error('another URL'))) },
    media: line as unknown as MediaSession,
    clock,
    failed: (message) => failures.push(message),
  });
  const pass = async (ms: number) => {
    for (let at = 0; at < ms; at += 20) {
      line.tick();
      clock.advance(20);
      await turn();
    }
  };
  return { clock, line, loaded, failures, sound, pass, heard: () => joinSamples(line.heard) };
}

/** Longest stretch without a sound, in milliseconds. */
function longestSilenceMs(samples: Int16Array): number {
  let [longest, silent] = [0, 0];
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    silent = rms(samples.subarray(at, at + 160)) < 20 ? silent + 20 : 0;
    longest = Math.max(longest, silent);
  }
  return longest;
}

/** The samples between two instants, in milliseconds. */
const between = (samples: Int16Array, from: number, to: number) =>
  samples.subarray(from * PER_MS, to * PER_MS);

describe("the customer's own hold audio", () => {
  it('plays alone where it comes soon, over and over without a gap', async () => {
    const { loaded, pass, heard, failures, sound } = waiting();
    await pass(300);
    loaded.resolve(tone(1000, 330));
    await pass(5_000);
    await sound.stop();
    const playing = between(heard(), 400, 5_200);
    assert.equal(longestSilenceMs(playing), 0);
    // 330 ms hold 330 periods: the loop joins, and the tone goes on as one.
    assert.ok(goertzel(playing, 1000) > 7_900);
    assert.ok(longestSilenceMs(heard()) < 1_000);
    assert.deepEqual(failures, []);
  });

  it('takes over from the music where it comes late, and the line is never silent for a second', async () => {
    const { loaded, pass, heard, sound } = waiting();
    await pass(4_000);
    const early = heard();
    assert.ok(rms(between(early, 1_000, 4_000)) > 200 && goertzel(between(early, 1_000, 4_000), 1000) < 50);
    loaded.resolve(tone(1000, 500));
    await pass(2_000);
    await sound.stop();
    assert.ok(goertzel(between(heard(), 4_200, 6_000), 1000) > 7_900);
    assert.ok(longestSilenceMs(heard()) < 1_000, `${longestSilenceMs(heard())} ms`);
  });

  it('gives way to the music where it cannot be had, and says so once', async () => {
    const { loaded, pass, heard, failures, sound } = waiting();
    await pass(100);
    loaded.reject(new Error('The audio cannot be had: its server answered 404'));
    await pass(3_000);
    await sound.stop();
    assert.ok(rms(between(heard(), 300, 3_000)) > 200);
    assert.deepEqual(failures, ['The audio cannot be had: its server answered 404']);
  });

  it('is over when it is stopped, also what comes later', async () => {
    for (const end of ['resolve', 'reject'] as const) {
      const { loaded, pass, heard, failures, sound, clock } = waiting();
      await pass(100);
      await sound.stop();
      if (end === 'resolve') loaded.resolve(tone(1000, 500));
      else loaded.reject(new Error('gone'));
      await pass(2_000);
      assert.equal(rms(heard()), 0);
      assert.deepEqual(failures, []);
      assert.equal(clock.pendingCount, 0);
    }
  });
});
