import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { NONCE_LIFETIME_MS, NonceOffice } from './nonce.ts';

test('a nonce is good for its lifetime, then stale, and forged with another key', () => {
  const clock = new FakeClock();
  const office = new NonceOffice(clock);
  const nonce = office.issue();
  assert.equal(new NonceOffice(clock).check(nonce), 'forged');
  clock.advance(NONCE_LIFETIME_MS);
  assert.equal(office.check(nonce), 'good');
  clock.advance(1);
  assert.equal(office.check(nonce), 'stale');
});

test('nodes that share the key accept what the others issued, not what the future will issue', () => {
  const key = Buffer.alloc(32, 7);
  const ahead = new FakeClock();
  ahead.advance(1_000);
  const behind = new NonceOffice(new FakeClock(), key);
  assert.equal(behind.check(new NonceOffice(new FakeClock(), key).issue()), 'good');
  assert.equal(behind.check(new NonceOffice(ahead, key).issue()), 'stale');
});

test('a count is good once, and counts must rise', () => {
  const office = new NonceOffice(new FakeClock());
  const nonce = office.issue();
  assert.deepEqual(
    [1, 1, 3, 2, 4].map((count) => office.use(nonce, count)),
    [true, false, true, false, true],
  );
});

test('a nonce that had to be forgotten cannot be used again, and newer ones can', () => {
  const clock = new FakeClock();
  const office = new NonceOffice(clock);
  const first = office.issue();
  assert.ok(office.use(first, 1));
  clock.advance(1);
  for (let count = 0; count < 10_000; count += 1) assert.ok(office.use(office.issue(), 1));
  assert.equal(office.use(first, 1), false);
  clock.advance(1);
  assert.ok(office.use(office.issue(), 1));
});

for (const nonce of ['', 'x', 'A'.repeat(40), 'A'.repeat(60_000), '\u20ac'.repeat(20)]) {
  test(`${JSON.stringify(nonce.slice(0, 30))} is no nonce of ours`, () => {
    assert.equal(new NonceOffice(new FakeClock()).check(nonce), 'forged');
  });
}
