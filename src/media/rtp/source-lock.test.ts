import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LEARN_PACKETS, LEARN_WINDOW_MS, SourceLock } from './source-lock.ts';

const PUBLIC = { address: '198.51.100.7', port: 4000 };
const PRIVATE = { address: '192.168.1.20', port: 4000 };
const NAT = '203.0.113.9';
const STRANGER = '203.0.113.66';

function lockFor(expected: Parameters<SourceLock['expect']>[0]): SourceLock {
  const lock = new SourceLock();
  lock.expect(expected);
  return lock;
}

function feed(lock: SourceLock, address: string, count: number, from = 0, stepMs = 20) {
  return Array.from({ length: count }, (_, i) => lock.judge(address, 9000, 1, from + i, i * stepMs));
}

describe('source lock', () => {
  it('believes the place that the SDP names at its first packet, and nobody else after', () => {
    for (const expected of [PUBLIC, PRIVATE]) {
      const lock = lockFor(expected);
      assert.equal(lock.judge(expected.address, 4000, 1, 1, 0), 'locked');
      assert.equal(lock.judge(expected.address, 4000, 1, 2, 20), 'accepted');
      assert.deepEqual(new Set(feed(lock, STRANGER, 50)), new Set(['rejected']));
      assert.deepEqual(lock.destination, expected);
    }
  });

  it('never learns another address than a routable one that the SDP names', () => {
    const lock = lockFor(PUBLIC);
    assert.deepEqual(new Set(feed(lock, STRANGER, 50)), new Set(['rejected']));
    assert.deepEqual(lock.destination, PUBLIC);
  });

  it('learns another port of the address that the SDP names', () => {
    const lock = lockFor(PUBLIC);
    assert.equal(feed(lock, PUBLIC.address, LEARN_PACKETS).at(-1), 'locked');
    assert.deepEqual(lock.destination, { address: PUBLIC.address, port: 9000 });
  });

  it('learns a peer behind NAT from packets in a row, and sends to nobody it only watches', () => {
    const lock = lockFor(PRIVATE);
    const verdicts = feed(lock, NAT, LEARN_PACKETS - 1);
    assert.deepEqual(new Set(verdicts), new Set(['learning']));
    assert.deepEqual(lock.destination, PRIVATE);
    assert.equal(lock.judge(NAT, 9000, 1, LEARN_PACKETS - 1, 100), 'locked');
    assert.deepEqual(lock.destination, { address: NAT, port: 9000 });
  });

  it('learns from the address of the signalling alone where that is known', () => {
    const lock = lockFor({ ...PRIVATE, learnFrom: NAT });
    assert.deepEqual(new Set(feed(lock, STRANGER, 50)), new Set(['rejected']));
    assert.equal(feed(lock, NAT, LEARN_PACKETS).at(-1), 'locked');
  });

  it('learns a peer with several addresses, who sends its audio from the one of its signalling', () => {
    const lock = lockFor({ ...PUBLIC, learnFrom: NAT });
    assert.deepEqual(new Set(feed(lock, STRANGER, 50)), new Set(['rejected']));
    assert.equal(feed(lock, NAT, LEARN_PACKETS).at(-1), 'locked');
  });

  it('does not learn from packets out of order, of several SSRCs, or too far apart', () => {
    const lock = lockFor(PRIVATE);
    for (let i = 0; i < 40; i += 1) assert.equal(lock.judge(NAT, 9000, 1, i * 2, i), 'learning');
    for (let i = 0; i < 40; i += 1) assert.equal(lock.judge(NAT, 9000, i, i, i), 'learning');
    assert.ok(!feed(lock, NAT, 20, 0, LEARN_WINDOW_MS / (LEARN_PACKETS - 2)).includes('locked'));
  });

  it('is not kept from the caller by a crowd of strangers', () => {
    const lock = lockFor({ ...PRIVATE, learnFrom: NAT });
    for (let i = 0; i < 200; i += 1) lock.judge(`203.0.113.${i}`, i + 1, i, i, 0);
    assert.equal(feed(lock, NAT, LEARN_PACKETS).at(-1), 'locked');
  });

  it('unlocks for another place, not for the same one and not for the old way to hold', () => {
    const lock = lockFor(PUBLIC);
    lock.judge(PUBLIC.address, 4000, 1, 1, 0);
    assert.equal(lock.expect(PUBLIC), false);
    assert.equal(lock.expect({ address: '0.0.0.0', port: 4000 }), false);
    assert.ok(lock.isLocked);
    assert.equal(lock.expect({ ...PUBLIC, port: 5000 }), true);
    assert.equal(lock.judge(PUBLIC.address, 5000, 1, 1, 0), 'locked');
  });

  it('knows an IPv6 address in any spelling', () => {
    const lock = lockFor({ address: '2001:DB8:0:0::0001', port: 4000 });
    assert.equal(lock.judge('2001:db8::1', 4000, 1, 1, 0), 'locked');
    const mapped = lockFor(PUBLIC);
    assert.equal(mapped.judge(`::ffff:${PUBLIC.address}`, 4000, 1, 1, 0), 'locked');
    assert.equal(mapped.judge(`::ffff:${PUBLIC.address}`, 4000, 1, 2, 20), 'accepted');
  });

  it('sends to no multicast or broadcast address, and to our own host only for a caller on it', () => {
    for (const address of ['224.0.0.1', '255.255.255.255', '0.0.0.0', 'ff02::1'])
      assert.equal(lockFor({ address, port: 4000 }).destination, undefined);
    const own = { address: '127.0.0.1', port: 4000 };
    assert.equal(lockFor({ ...own, learnFrom: NAT }).destination, undefined);
    assert.deepEqual(lockFor({ ...own, learnFrom: '127.0.0.1' }).destination, own);
  });
});
