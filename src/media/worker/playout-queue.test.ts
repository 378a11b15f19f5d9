import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlayoutEvent } from '../media-session.ts';
import { PlayoutQueue } from './playout-queue.ts';
import { SampleBlocks } from './sample-blocks.ts';

function queue() {
  const events: PlayoutEvent[] = [];
  const playout = new PlayoutQueue((event) => events.push(event), new SampleBlocks());
  const pull = (at: number) => {
    const out = new Int16Array(160).fill(-1);
    const any = playout.pull(out, at);
    if (any) playout.settle(at);
    return { any, out };
  };
  return { playout, events, pull };
}

const key = { code: 1, durationMs: 100, gapMs: 100 };

describe('playout queue', () => {
  it('tells when audio starts and when all of it is sent, with positions', () => {
    const { playout, events, pull } = queue();
    assert.equal(pull(0).any, false);
    playout.add(new Int16Array(100).fill(5));
    playout.add(new Int16Array(100).fill(6));
    const first = pull(1).out;
    assert.deepEqual([first[99], first[100], first[159]], [5, 6, 6]);
    const second = pull(2).out;
    assert.deepEqual([second[39], second[40]], [6, 0]);
    pull(3);
    assert.deepEqual(events, [
      { type: 'started', position: 0, at: 1 },
      { type: 'drained', position: 200, at: 2 },
    ]);
  });

  it('says at a clearing what was sent, and counts on behind what was dropped', () => {
    const { playout, events, pull } = queue();
    playout.add(new Int16Array(1600).fill(5));
    pull(1);
    pull(2);
    assert.equal(playout.clear(), 320);
    assert.equal(pull(3).any, false);
    assert.equal(playout.clear(), 320);
    playout.add(new Int16Array(160).fill(7));
    pull(4);
    assert.deepEqual(events.slice(1), [
      { type: 'started', position: 1600, at: 4 },
      { type: 'drained', position: 1760, at: 4 },
    ]);
  });

  it('holds a key until the audio before it is sent, and keeps it at a clearing', () => {
    const { playout, pull } = queue();
    playout.add(new Int16Array(200).fill(5));
    playout.addKey(key);
    playout.add(new Int16Array(160).fill(6));
    assert.equal(playout.takeKey(), undefined);
    pull(1);
    assert.equal(pull(2).out[159], 0);
    assert.equal(playout.clear(), 200);
    assert.equal(playout.takeKey(), key);
    assert.equal(pull(3).any, false);
  });

  it('lets only so many keys of bridged parties wait, and takes more as those are sent', () => {
    const { playout } = queue();
    playout.addKey(key);
    const pressed = [2, 3, 4].map((code) => ({ ...key, code }));
    for (const one of pressed) playout.addBridgedKey(one, 2);
    const taken = [1, 2, 3, 4].map(() => playout.takeKey()?.code);
    assert.deepEqual(taken, [1, 2, 3, undefined]);
    playout.addBridgedKey({ ...key, code: 5 }, 2);
    assert.equal(playout.takeKey()?.code, 5);
  });

  it('sends live audio behind what is queued, tells nothing of it, and drains when the rest is sent', () => {
    const { playout, events, pull } = queue();
    playout.add(new Int16Array(100).fill(5));
    playout.addLive(new Int16Array(160).fill(6), 480);
    const { out } = pull(1);
    assert.deepEqual([out[99], out[100]], [5, 6]);
    assert.equal(pull(2).out[99], 6);
    assert.equal(pull(3).any, false);
    assert.deepEqual(events, [
      { type: 'started', position: 0, at: 1 },
      { type: 'drained', position: 100, at: 1 },
    ]);
  });

  it('keeps only the newest live audio where more waits than may, also of a piece that is half sent', () => {
    const { playout, pull } = queue();
    for (const value of [1, 2, 3]) playout.addLive(new Int16Array(160).fill(value), 480);
    pull(1);
    playout.addLive(new Int16Array(80).fill(4), 480);
    assert.equal(pull(2).out[0], 2, 'no more waits than may');
    for (const value of [5, 6]) playout.addLive(new Int16Array(160).fill(value), 480);
    const half = pull(3).out;
    assert.deepEqual([half[79], half[80]], [5, 6]);
    const rest = pull(4).out;
    assert.deepEqual([rest[79], rest[80]], [6, 0]);
  });

  it('drops live audio at a clearing, and waits for more of it from then on', () => {
    const { playout, pull } = queue();
    playout.addLive(new Int16Array(480).fill(5), 480);
    pull(1);
    assert.equal(playout.clear(), 0);
    assert.equal(pull(2).any, false);
    playout.addLive(new Int16Array(480).fill(6), 480);
    assert.equal(pull(3).out[0], 6);
    assert.equal(pull(4).out[159], 6);
  });
});
