import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TimestampRuns } from './timestamp-runs.ts';

/** Of `length` timestamps from `base` on, which are there. */
function present(runs: TimestampRuns, base: number, length: number): boolean[] {
  return Array.from({ length }, (_, i) => runs.covers((base + i) >>> 0, (base + i + 1) >>> 0));
}

describe('timestamp runs', () => {
  it('cover what was added without a hole, over the wrap of the timestamp', () => {
    const runs = new TimestampRuns();
    runs.add(0xffffff00, 0xffffffa0);
    runs.add(0xffffffa0, 0x40);
    assert.ok(runs.covers(0xffffff00, 0x40));
    assert.ok(!runs.covers(0xffffff00, 0x41));
    runs.add(0x41, 0x60);
    assert.ok(!runs.covers(0xffffff00, 0x41));
    runs.add(0x40, 0x41);
    assert.ok(runs.covers(0xffffff00, 0x60));
  });

  it('are what a mark for each timestamp would be, whatever is added and dropped', () => {
    let state = 1;
    const random = (below: number) => {
      state = (state * 48_271) % 0x7fffffff;
      return state % below;
    };
    const base = 0xffffff80;
    const length = 400;
    for (let round = 0; round < 50; round += 1) {
      const runs = new TimestampRuns();
      const marks = new Array<boolean>(length).fill(false);
      for (let step = 0; step < 30; step += 1) {
        const from = random(length);
        const to = Math.min(length, from + 1 + random(60));
        if (random(4) === 0) {
          runs.dropBefore((base + from) >>> 0);
          marks.fill(false, 0, from);
        } else {
          runs.add((base + from) >>> 0, (base + to) >>> 0);
          marks.fill(true, from, to);
        }
        assert.deepEqual(present(runs, base, length), marks, `round ${round}, step ${step}`);
      }
    }
  });

  it('are empty once cleared', () => {
    const runs = new TimestampRuns();
    runs.add(5, 10);
    runs.clear();
    assert.ok(!runs.covers(5, 6));
  });
});
