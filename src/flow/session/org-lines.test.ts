import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { OrgLines } from './org-lines.ts';

const queue = { maxCalls: 1, maxWaitSeconds: 30 };

test('an org without a limit always has a line', () => {
  const lines = new OrgLines(new FakeClock());
  for (let call = 0; call < 100; call += 1) assert.equal(lines.request({ id: 'o1' }).state, 'granted');
});

test('over the limit a call is refused, and a line that is given back goes to the next', () => {
  const lines = new OrgLines(new FakeClock());
  const org = { id: 'o1', concurrencyLimit: 1 };
  const first = lines.request(org);
  assert.equal(lines.request(org).state, 'full');
  assert.equal(lines.request({ id: 'o2', concurrencyLimit: 1 }).state, 'granted', 'another org has its own');
  first.leave();
  first.leave();
  assert.equal(lines.request(org).state, 'granted');
  assert.equal(lines.request(org).state, 'full', 'leaving twice gives back one line');
});

test('with a queue callers wait in turn, up to its length', async () => {
  const lines = new OrgLines(new FakeClock());
  const org = { id: 'o1', concurrencyLimit: 1, queue: { ...queue, maxCalls: 2 } };
  const first = lines.request(org);
  const second = lines.request(org);
  const third = lines.request(org);
  assert.deepEqual([second.state, second.position, third.position], ['queued', 1, 2]);
  assert.equal(lines.request(org).state, 'full');
  first.leave();
  assert.equal(await second.settled, true);
  second.leave();
  assert.equal(await third.settled, true);
});

test('a caller who waits too long, or gives up, leaves the queue', async () => {
  const clock = new FakeClock();
  const lines = new OrgLines(clock);
  const org = { id: 'o1', concurrencyLimit: 1, queue };
  lines.request(org);
  const patient = lines.request(org);
  clock.advance(30_000);
  assert.equal(await patient.settled, false);
  patient.leave();
  const hasty = lines.request(org);
  hasty.leave();
  assert.equal(await hasty.settled, false);
  assert.equal(lines.request(org).state, 'queued', 'both places are free again');
  assert.equal(clock.pendingCount, 1, 'only the last one waits');
});
