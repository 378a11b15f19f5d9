import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../lib/fake-clock.ts';
import { WaitingTime } from './waiting-time.ts';

function open() {
  const clock = new FakeClock();
  const out: PromiseWithResolvers<void>[] = [];
  const errand = () => {
    const one = Promise.withResolvers<void>();
    out.push(one);
    return one.promise;
  };
  const pass = async (ms: number) => {
    clock.advance(ms);
    await new Promise(setImmediate);
  };
  return { clock, out, errand, pass };
}

describe('the time that work waits', () => {
  it('is that of the last errand, and of one that is not back until now', async () => {
    const { clock, out, errand, pass } = open();
    const waiting = new WaitingTime(errand, clock);
    assert.equal(waiting.takeMs(), 0);
    await pass(500);
    assert.equal(waiting.takeMs(), 500);
    await pass(500);
    assert.equal(waiting.takeMs(), 1_000);
    assert.equal(out.length, 1, 'one at a time');
    await pass(100);
    out[0]?.resolve();
    await pass(0);
    await pass(400);
    assert.equal(waiting.takeMs(), 1_100);
    assert.equal(out.length, 2);
    out[1]?.resolve();
    await pass(0);
    await pass(500);
    assert.equal(waiting.takeMs(), 0);
  });

  it('ends where the errand fails, too', async () => {
    const { clock, out, errand, pass } = open();
    const waiting = new WaitingTime(errand, clock);
    waiting.takeMs();
    await pass(300);
    assert.equal(waiting.takeMs(), 300);
    out[0]?.reject(new Error('the store is away'));
    await pass(0);
    await pass(100);
    assert.equal(waiting.takeMs(), 300);
    assert.equal(out.length, 2, 'it is asked again');
  });
});
