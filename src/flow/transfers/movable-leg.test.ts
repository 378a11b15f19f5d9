import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeLeg, FakeOperator } from '../../../test/support/fake-leg.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { LegEnd } from '../leg.ts';
import { MovableLeg } from './movable-leg.ts';

function setUp() {
  const clock = new FakeClock();
  const first = new FakeLeg(clock);
  const next = new FakeOperator(clock);
  const line = new MovableLeg(first.asLeg(), {
    onTransferRequest: () => assert.fail('nobody asks for a transfer'),
    mayBeTakenOver: () => true,
    onTakenOver: () => {},
    clock,
    logger: silentLogger,
  });
  const ends: LegEnd[] = [];
  line.ended.on((end) => ends.push(end));
  const held: boolean[] = [];
  line.held.on((isHeld) => held.push(isHeld));
  return { clock, first, next, line, ends, held };
}

describe('a line whose far end is replaced', () => {
  test('is held until then, and hangs up on who does not leave by himself', async () => {
    const { clock, first, next, line, ends, held } = setUp();
    const moved = line.moveTo(async () => next.asOutbound());
    next.pickUp();
    await moved;
    assert.deepEqual(held, [true, false]);
    assert.deepEqual(first.log, ['give up media']);
    await clock.advance(5_000);
    assert.deepEqual(first.log, ['give up media', 'hangup']);
    first.leave();
    assert.deepEqual(ends, [], 'his end is not that of the line');
    next.leave();
    assert.deepEqual(ends, [{ by: 'peer' }]);
  });

  test('goes on where nobody is reached', async () => {
    const { next, line, ends } = setUp();
    const moved = line.moveTo(async () => next.asOutbound());
    next.refuse();
    await assert.rejects(moved, { outcome: 'busy' });
    assert.deepEqual(ends, []);
  });

  test('ends with who has left where nobody is reached', async () => {
    const { first, next, line, ends } = setUp();
    const moved = line.moveTo(async () => next.asOutbound());
    first.leave();
    assert.deepEqual(ends, [], 'not while somebody may still be reached');
    next.refuse();
    await assert.rejects(moved, { outcome: 'busy' });
    assert.deepEqual(ends, [{ by: 'peer' }]);
  });

  test('takes back the call that is under way when it is hung up', async () => {
    const { next, line } = setUp();
    const moved = line.moveTo(async () => next.asOutbound());
    await new Promise((resolve) => setImmediate(resolve));
    await line.hangup();
    await assert.rejects(moved, { outcome: 'cancelled' });
    assert.deepEqual(next.log, ['hangup']);
  });
});
