import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { goertzel, tone } from '../../../test/support/tones.ts';
import { FrameMixer } from './frame-mixer.ts';

describe('a mixer of frames', () => {
  const mixed = (...frames: Int16Array[]) => {
    const mixer = new FrameMixer();
    mixer.clear();
    for (const frame of frames) mixer.add(frame);
    const out = new Int16Array(160);
    mixer.read(out);
    return out;
  };

  it('adds up what all say', () => {
    const out = mixed(tone(600, 20), tone(1500, 20), tone(2100, 20, 4000));
    for (const [frequencyHz, level] of [
      [600, 8000],
      [1500, 8000],
      [2100, 4000],
    ] as const)
      assert.ok(Math.abs(goertzel(out, frequencyHz) - level) < 100);
  });

  it('cuts off what is too loud, and turns no peak over', () => {
    const loud = mixed(new Int16Array(160).fill(30_000), new Int16Array(160).fill(20_000));
    assert.ok(loud.every((sample) => sample === 32_767));
    const low = mixed(new Int16Array(160).fill(-30_000), new Int16Array(160).fill(-20_000));
    assert.ok(low.every((sample) => sample === -32_768));
  });

  it('lets a third party bring a sum back into range', () => {
    const out = mixed(...[30_000, 20_000, -25_000].map((value) => new Int16Array(160).fill(value)));
    assert.ok(out.every((sample) => sample === 25_000));
  });

  it('begins each frame anew, with silence where nobody speaks', () => {
    const mixer = new FrameMixer();
    const out = new Int16Array(160);
    mixer.add(new Int16Array(160).fill(7));
    mixer.clear();
    mixer.read(out);
    assert.ok(out.every((sample) => sample === 0));
  });
});
