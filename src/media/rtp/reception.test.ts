import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Reception } from './reception.ts';

describe('reception of a source', () => {
  it('counts loss over the wrap of the sequence number', () => {
    const reception = new Reception();
    for (const sequence of [65_533, 65_534, 0, 1, 4]) assert.equal(reception.arrive(sequence), 'new');
    assert.equal(reception.received, 5);
    assert.equal(reception.lost, 3);
  });

  it('takes a straggler as received and tells it from a duplicate', () => {
    const reception = new Reception();
    assert.deepEqual(
      [10, 12, 11, 11, 12, 9].map((sequence) => reception.arrive(sequence)),
      ['new', 'new', 'new', 'duplicate', 'duplicate', 'new'],
    );
    assert.equal(reception.duplicated, 2);
    assert.equal(reception.lost, 0);
    assert.equal(reception.received, 4);
  });

  it('believes a new sequence at its second packet, and keeps the totals', () => {
    const reception = new Reception();
    for (const sequence of [1, 2, 4]) reception.arrive(sequence);
    assert.deepEqual(
      [30_000, 5, 40_000, 40_001, 40_003].map((sequence) => reception.arrive(sequence)),
      ['stray', 'new', 'stray', 'restarted', 'new'],
    );
    assert.equal(reception.received, 6);
    assert.equal(reception.lost, 2);
  });

  it('reports the fraction lost since the last report', () => {
    const reception = new Reception();
    for (let sequence = 0; sequence < 100; sequence += 1) if (sequence % 4 !== 3) reception.arrive(sequence);
    reception.arrive(100);
    assert.equal(reception.report().fractionLost, Math.floor((25 * 256) / 101));
    for (let sequence = 101; sequence < 150; sequence += 1) reception.arrive(sequence);
    const second = reception.report();
    assert.equal(second.fractionLost, 0);
    assert.equal(second.cumulativeLost, 25);
    assert.equal(second.extendedHighestSequence, 149);
  });

  it('measures the jitter of RFC 3550: none at an even pace, near the deviation at an uneven one', () => {
    const even = new Reception();
    const uneven = new Reception();
    for (let i = 0; i < 500; i += 1) {
      even.measure((i * 160) >>> 0, 1000 + i * 20);
      uneven.measure((0xffffff00 + i * 160) >>> 0, 1000 + i * 20 + (i % 2 ? 10 : 0));
    }
    assert.equal(even.jitterMs, 0);
    assert.ok(Math.abs(uneven.jitterMs - 10) < 0.5, String(uneven.jitterMs));
  });
});
