import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PORT_DRAIN_MS, PortPool } from './port-pool.ts';

describe('port pool', () => {
  it('gives each even port once, with room for the odd one above', () => {
    const pool = new PortPool({ from: 40_001, to: 40_008 });
    const ports = [pool.acquire(0), pool.acquire(0), pool.acquire(0)].sort();
    assert.deepEqual(ports, [40_002, 40_004, 40_006]);
    assert.equal(pool.acquire(0), undefined);
  });

  it('lets a closed pair rest while there is another', () => {
    const pool = new PortPool({ from: 40_000, to: 40_003 });
    const first = pool.acquire(0) as number;
    pool.release(first, 0);
    const second = pool.acquire(1) as number;
    assert.notEqual(second, first);
    pool.release(second, 1);
    assert.equal(pool.acquire(PORT_DRAIN_MS), first);
  });

  it('gives the pair that rested longest when no other is free', () => {
    const pool = new PortPool({ from: 40_000, to: 40_003 });
    const [a, b] = [pool.acquire(0) as number, pool.acquire(0) as number];
    pool.release(b, 0);
    pool.release(a, 10);
    assert.equal(pool.freeCount, 2);
    assert.deepEqual([pool.acquire(20), pool.acquire(20), pool.acquire(20)], [b, a, undefined]);
  });

  it('refuses a range without a pair', () => {
    assert.throws(() => new PortPool({ from: 40_001, to: 40_002 }), RangeError);
    assert.throws(() => new PortPool({ from: 65_534, to: 65_537 }), RangeError);
  });
});
