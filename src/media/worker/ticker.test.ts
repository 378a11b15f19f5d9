import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock, Timer } from '../../lib/clock.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { type Tickable, Ticker } from './ticker.ts';

/** A clock that can stand still for a while: timers fire late, all at the end of it. */
class StallingClock implements Clock {
  readonly #clock = new FakeClock();
  #stallMs = 0;
  now(): number {
    return this.monotonic();
  }
  monotonic(): number {
    return this.#clock.monotonic() + this.#stallMs;
  }
  setTimeout(callback: () => void, delayMs: number): Timer {
    return this.#clock.setTimeout(callback, delayMs);
  }
  clearTimeout(timer: Timer | undefined): void {
    this.#clock.clearTimeout(timer);
  }
  advance(ms: number): void {
    this.#clock.advance(ms);
  }
  stall(ms: number): void {
    this.#stallMs += ms;
  }
  get pendingCount(): number {
    return this.#clock.pendingCount;
  }
}

class Counter implements Tickable {
  readonly ticks: number[] = [];
  skipped = 0;
  readonly #log: string[];
  constructor(log: string[] = []) {
    this.#log = log;
  }
  hear(): void {
    this.#log.push('hear');
  }
  tick(nowMs: number): void {
    this.#log.push('tick');
    this.ticks.push(nowMs);
  }
  skip(frames: number): void {
    this.skipped += frames;
  }
}

describe('ticker', () => {
  it('ticks each session every 20 ms, and spreads ten of them over ten points of that time', () => {
    const clock = new StallingClock();
    let steps = 0;
    const ticker = new Ticker(clock, () => {
      steps += 1;
    });
    const sessions = Array.from({ length: 10 }, () => new Counter());
    for (const session of sessions) ticker.add(session);
    clock.advance(999);
    for (const { ticks } of sessions) {
      assert.equal(ticks.length, 50);
      for (let i = 1; i < ticks.length; i += 1)
        assert.ok(Math.abs((ticks[i] as number) - (ticks[i - 1] as number) - 20) <= 1);
    }
    assert.equal(new Set(sessions.map(({ ticks }) => ticks[10])).size, 10);
    assert.equal(steps, 500);
  });

  it('sends no session more than two frames at once after a stall, and tells it how many were left out', () => {
    const clock = new StallingClock();
    const ticker = new Ticker(clock, () => {});
    const session = new Counter();
    ticker.add(session);
    clock.advance(100);
    const before = session.ticks.length;
    clock.stall(400);
    clock.advance(2);
    assert.ok(session.ticks.length - before <= 2);
    clock.advance(597);
    assert.equal(session.ticks.length + session.skipped, 55);
    assert.ok(session.skipped >= 17 && session.skipped <= 19, String(session.skipped));
  });

  it('catches up a short stall without leaving anything out', () => {
    const clock = new StallingClock();
    const ticker = new Ticker(clock, () => {});
    const session = new Counter();
    ticker.add(session);
    clock.advance(100);
    clock.stall(35);
    clock.advance(100);
    assert.equal(session.skipped, 0);
    assert.ok(session.ticks.length >= 11);
  });

  it('has aligned sessions tick at one instant, once all of them have heard', () => {
    const clock = new StallingClock();
    const ticker = new Ticker(clock, () => {});
    const log: string[] = [];
    const [leader, other, stranger] = [new Counter(log), new Counter(log), new Counter()];
    for (const session of [leader, stranger, other]) ticker.add(session);
    clock.advance(100);
    ticker.align(other, leader);
    ticker.align(other, leader);
    clock.advance(30);
    log.length = 0;
    other.ticks.length = 0;
    leader.ticks.length = 0;
    clock.advance(199);
    assert.deepEqual(other.ticks, leader.ticks);
    assert.ok(other.ticks.length >= 9 && other.ticks.length <= 10);
    assert.deepEqual(log.slice(0, 4), ['hear', 'hear', 'tick', 'tick']);
    assert.notEqual(stranger.ticks.at(-1), leader.ticks.at(-1));
    for (const session of [leader, stranger, other]) ticker.remove(session);
    assert.equal(clock.pendingCount, 0);
  });

  it('stands still without sessions', () => {
    const clock = new StallingClock();
    const ticker = new Ticker(clock, () => {});
    const session = new Counter();
    ticker.add(session);
    ticker.remove(session);
    assert.equal(clock.pendingCount, 0);
    clock.advance(100);
    assert.equal(session.ticks.length, 0);
  });
});
