import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyTwins } from './key-twins.ts';

describe('a key that comes on two ways', () => {
  it('is one key, whichever way is the faster', () => {
    const twins = new KeyTwins();
    assert.equal(twins.isNew(5, 'event', 0), true);
    assert.equal(twins.isNew(5, 'info', 300), false);
    assert.equal(twins.isNew(7, 'info', 400), true);
    assert.equal(twins.isNew(7, 'event', 700), false);
  });

  it('is told from the same key pressed again, in whatever order the four come', () => {
    const twins = new KeyTwins();
    const news = [
      twins.isNew(1, 'event', 0),
      twins.isNew(1, 'event', 200),
      twins.isNew(1, 'info', 250),
      twins.isNew(1, 'info', 450),
      twins.isNew(1, 'event', 600),
    ];
    assert.deepEqual(news, [true, true, false, false, true]);
  });

  it('is new again once the time of a twin is over, and another key always', () => {
    const twins = new KeyTwins();
    assert.equal(twins.isNew(1, 'event', 0), true);
    assert.equal(twins.isNew(2, 'info', 10), true);
    assert.equal(twins.isNew(1, 'info', 1_001), true);
  });

  it('remembers no more keys than can be pressed in that time', () => {
    const twins = new KeyTwins();
    for (let key = 0; key < 100; key += 1) twins.isNew(key, 'event', 0);
    assert.equal(twins.isNew(0, 'info', 1), true);
    assert.equal(twins.isNew(99, 'info', 1), false);
  });
});
