import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LiveInput } from './live-input.ts';

const frameOf = (value: number) => new Int16Array(160).fill(value);

function pulled(input: LiveInput): number[] {
  const out = new Int16Array(160);
  return input.pull(out) ? [...new Set(out)] : [];
}

describe('the live input of a line', () => {
  it('gives each frame in the order and at once, and silence where there is none', () => {
    const input = new LiveInput();
    assert.deepEqual(pulled(input), []);
    input.push(frameOf(1));
    assert.deepEqual(pulled(input), [1]);
    input.push(frameOf(2));
    input.push(frameOf(3));
    assert.deepEqual([pulled(input), pulled(input), pulled(input)], [[2], [3], []]);
  });

  it('fills up with silence what is shorter than a frame', () => {
    const input = new LiveInput();
    input.push(new Int16Array(100).fill(5));
    const out = new Int16Array(160).fill(9);
    assert.equal(input.pull(out), true);
    assert.deepEqual([out[99], out[100], out[159]], [5, 0, 0]);
  });

  it('lets no more than 60 ms wait: beyond it the newest 30 ms stay', () => {
    const input = new LiveInput();
    for (let value = 1; value <= 3; value += 1) input.push(frameOf(value));
    assert.equal(input.waiting, 480);
    input.push(frameOf(4));
    assert.equal(input.waiting, 240);
    assert.deepEqual(pulled(input), [3, 4]);
  });

  it('takes a delay back that was not needed for a second, in a quiet frame', () => {
    const input = new LiveInput();
    input.push(frameOf(1000));
    for (let count = 0; count < 60; count += 1) {
      input.push(frameOf(1000));
      input.pull(new Int16Array(160));
    }
    assert.equal(input.waiting, 160, 'amid speech it is kept for now');
    for (let count = 0; count < 3; count += 1) {
      input.push(frameOf(0));
      input.pull(new Int16Array(160));
    }
    assert.equal(input.waiting, 0);
  });

  it('takes it back amid speech where there is no pause for two seconds more', () => {
    const input = new LiveInput();
    input.push(frameOf(1000));
    for (let count = 0; count < 160; count += 1) {
      input.push(frameOf(1000));
      input.pull(new Int16Array(160));
    }
    assert.equal(input.waiting, 0);
  });

  it('keeps a delay that is needed now and then', () => {
    const input = new LiveInput();
    input.push(frameOf(0));
    for (let count = 0; count < 300; count += 1) {
      // Every half second a frame comes late.
      if (count % 25 !== 10) input.push(frameOf(0));
      if (count % 25 === 11) input.push(frameOf(0));
      assert.equal(input.pull(new Int16Array(160)), true);
    }
  });
});
