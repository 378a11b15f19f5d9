import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import type { SipRequest } from '../../sip/message/message.ts';
import { createRequest } from '../../sip/message/request.ts';
import { type LoadSignals, loadLevel } from './load-level.ts';
import { type OverloadInput, type OverloadState, overloadTable } from './overload-table.ts';
import { OverloadWatch, type OverloadWatchOptions, SAMPLE_MS } from './overload-watch.ts';

const IDLE: LoadSignals = { lagMs: 1, storeMs: 1, diskMs: 1, activeCalls: 0, transactionShare: 0 };

function request(method: string, callId: string, seq = 1): SipRequest {
  const address = 'sip:a@192.0.2.1';
  return createRequest(method, address, { from: `<${address}>`, to: `<${address}>`, callId, seq });
}

function open(options: Partial<OverloadWatchOptions> = {}) {
  const clock = new FakeClock();
  const load = { ...IDLE };
  const states: OverloadState[] = [];
  const watch = new OverloadWatch({
    lagMs: () => load.lagMs,
    storeMs: () => load.storeMs,
    diskMs: () => load.diskMs,
    activeCalls: () => load.activeCalls,
    transactionShare: () => load.transactionShare,
    maxCalls: undefined,
    isDraining: () => false,
    clock,
    random: () => 0.5,
    ...options,
  });
  watch.changed.on((state) => states.push(state));
  watch.start();
  /** Lets so many samples pass with this lag. */
  const lag = (lagMs: number, samples: number) => {
    load.lagMs = lagMs;
    clock.advance(samples * SAMPLE_MS);
  };
  return { clock, load, watch, states, lag };
}

describe('the table of overload', () => {
  const rows: [from: OverloadState, input: OverloadInput, to: OverloadState | undefined][] = [
    ['normal', 'calm', undefined],
    ['normal', 'strained', 'busy'],
    ['normal', 'overloaded', 'shedding'],
    ['normal', 'drain', 'draining'],
    ['busy', 'calm', 'normal'],
    ['busy', 'strained', undefined],
    ['busy', 'overloaded', 'shedding'],
    ['busy', 'drain', 'draining'],
    ['shedding', 'calm', 'busy'],
    ['shedding', 'strained', 'busy'],
    ['shedding', 'overloaded', undefined],
    ['shedding', 'drain', 'draining'],
    ['draining', 'calm', undefined],
    ['draining', 'strained', undefined],
    ['draining', 'overloaded', undefined],
    ['draining', 'drain', undefined],
    ['draining', 'ready', 'normal'],
    ['shedding', 'ready', undefined],
  ];
  for (const [from, input, to] of rows) {
    it(`leads from ${from} by ${input} to ${to ?? 'nowhere'}`, () => {
      assert.equal(overloadTable[from][input]?.to, to);
    });
  }
});

describe('the level of load', () => {
  const cases: [signals: Partial<LoadSignals>, state: OverloadState, level: string][] = [
    [{ lagMs: 119 }, 'normal', 'calm'],
    [{ lagMs: 120 }, 'normal', 'strained'],
    [{ lagMs: 60 }, 'busy', 'strained'],
    [{ lagMs: 59 }, 'busy', 'calm'],
    [{ lagMs: 299 }, 'busy', 'strained'],
    [{ lagMs: 300 }, 'busy', 'overloaded'],
    [{ lagMs: 150 }, 'shedding', 'overloaded'],
    [{ lagMs: 149 }, 'shedding', 'strained'],
    [{ storeMs: 399 }, 'normal', 'calm'],
    [{ storeMs: 400 }, 'normal', 'strained'],
    [{ storeMs: 199 }, 'busy', 'calm'],
    [{ storeMs: 1_000 }, 'busy', 'overloaded'],
    [{ storeMs: 400 }, 'shedding', 'overloaded'],
    [{ storeMs: 399 }, 'shedding', 'strained'],
    [{ diskMs: 1_999 }, 'normal', 'calm'],
    [{ diskMs: 2_000 }, 'normal', 'strained'],
    [{ diskMs: 999 }, 'busy', 'calm'],
    [{ diskMs: 4_000 }, 'busy', 'overloaded'],
    [{ diskMs: 2_000 }, 'shedding', 'overloaded'],
    [{ diskMs: 1_999 }, 'shedding', 'strained'],
    [{ activeCalls: 89 }, 'normal', 'calm'],
    [{ activeCalls: 90 }, 'normal', 'strained'],
    [{ activeCalls: 100 }, 'normal', 'strained'],
    [{ activeCalls: 80 }, 'busy', 'strained'],
    [{ activeCalls: 79 }, 'busy', 'calm'],
    [{ transactionShare: 0.9 }, 'normal', 'overloaded'],
    [{ transactionShare: 0.7 }, 'busy', 'strained'],
  ];
  for (const [signals, state, level] of cases) {
    it(`is ${level} while ${state} at ${JSON.stringify(signals)}`, () => {
      assert.equal(loadLevel({ ...IDLE, ...signals }, state, 100), level);
    });
  }

  it('does not depend on the number of calls where none is set', () => {
    assert.equal(loadLevel({ ...IDLE, activeCalls: 1_000_000 }, 'normal', undefined), 'calm');
  });
});

describe('the watch over the load', () => {
  it('takes everything while the load is low, and for a pause now and then', () => {
    const { watch, lag, states } = open();
    for (let pause = 0; pause < 10; pause += 1) {
      lag(900, 2);
      lag(1, 1);
    }
    assert.deepEqual(states, []);
    assert.equal(watch.mayDial, true);
    assert.equal(watch.retryAfterOf(request('INVITE', 'a')), undefined);
  });

  it('places no calls while it is strained, and takes those of others', () => {
    const { watch, lag } = open();
    lag(130, 3);
    assert.equal(watch.state, 'busy');
    assert.equal(watch.mayDial, false);
    assert.equal(watch.retryAfterOf(request('INVITE', 'a')), undefined);
  });

  it('turns new calls away while it is overloaded, and comes back step by step once that lasts', () => {
    const { watch, lag, states } = open();
    lag(400, 3);
    assert.equal(watch.retryAfterOf(request('INVITE', 'a')), 6);
    lag(1, 5);
    lag(400, 1);
    lag(1, 5);
    assert.deepEqual(states, ['shedding']);
    lag(1, 1);
    assert.deepEqual(states, ['shedding', 'busy']);
    lag(1, 6);
    assert.deepEqual(states, ['shedding', 'busy', 'normal']);
  });

  it('takes fewer and fewer of the new calls while it lasts, and more again as it gets better', () => {
    const { watch, lag } = open();
    let calls = 0;
    const takenOf = (count: number) => {
      let taken = 0;
      for (let call = 0; call < count; call += 1) {
        calls += 1;
        if (watch.retryAfterOf(request('INVITE', `call ${calls}`)) === undefined) taken += 1;
      }
      return taken;
    };
    lag(400, 3);
    assert.equal(takenOf(100), 50);
    lag(400, 2);
    assert.equal(takenOf(100), 32);
    lag(400, 20);
    assert.equal(takenOf(100), 5, 'never none');
    lag(1, 5);
    assert.equal(takenOf(100), 55);
    lag(1, 1);
    assert.equal(takenOf(100), 100, 'it is over');
    lag(1, 6);
    lag(400, 3);
    assert.equal(takenOf(100), 50, 'it begins anew');
  });

  it('does not flutter at the edge', () => {
    const { lag, states } = open();
    lag(310, 3);
    for (let sample = 0; sample < 100; sample += 1) lag(sample % 2 === 0 ? 290 : 160, 1);
    assert.deepEqual(states, ['shedding']);
  });

  it('draws from 1 to 10 seconds, and longer ones when it goes down', () => {
    let draw = 0;
    let isDraining = false;
    const { watch, lag } = open({ random: () => draw, isDraining: () => isDraining });
    lag(400, 3);
    assert.equal(watch.retryAfterOf(request('OPTIONS', 'a')), 1);
    draw = 0.999;
    assert.equal(watch.retryAfterOf(request('OPTIONS', 'a')), 10);
    isDraining = true;
    assert.equal(watch.state, 'draining');
    assert.equal(watch.mayDial, false);
    assert.equal(watch.retryAfterOf(request('OPTIONS', 'a')), 60);
  });

  it('tells a copy of an INVITE the same, also when there is room again, but not the next try', () => {
    let draw = 0.1;
    const { watch, lag, clock } = open({ random: () => draw });
    lag(400, 3);
    const invite = request('INVITE', 'call');
    assert.equal(watch.retryAfterOf(invite), 2);
    draw = 0.9;
    assert.equal(watch.retryAfterOf(invite), 2);
    lag(1, 12);
    assert.equal(watch.state, 'normal');
    assert.equal(watch.retryAfterOf(invite), 2);
    assert.equal(watch.retryAfterOf(request('INVITE', 'call', 2)), undefined);
    clock.advance(32_000);
    assert.equal(watch.retryAfterOf(invite), undefined);
  });

  it('keeps to the calls that are allowed at a time, and takes each of them', () => {
    const { watch, load, clock } = open({ maxCalls: 10 });
    load.activeCalls = 9;
    assert.equal(watch.retryAfterOf(request('INVITE', 'tenth')), undefined);
    load.activeCalls = 10;
    assert.equal(watch.isFull, true);
    assert.equal(watch.retryAfterOf(request('INVITE', 'eleventh')), 6);
    clock.advance(100 * SAMPLE_MS);
    for (let call = 0; call < 10; call += 1) {
      load.activeCalls = 10;
      assert.equal(watch.retryAfterOf(request('INVITE', `beyond ${call}`)), 6);
      load.activeCalls = 9;
      assert.equal(watch.isFull, false);
      assert.equal(watch.retryAfterOf(request('INVITE', `within ${call}`)), undefined);
    }
  });

  it('places no call of its own beyond those that are allowed, however many begin at once', () => {
    const { watch, load } = open({ maxCalls: 10 });
    load.activeCalls = 10;
    assert.equal(watch.mayDial, true, 'the tenth is its own');
    load.activeCalls = 11;
    assert.equal(watch.mayDial, false);
  });

  it('takes calls once the exchange is ready, and none before', () => {
    let isDraining = true;
    const { watch, clock, states } = open({ isDraining: () => isDraining });
    clock.advance(SAMPLE_MS);
    assert.equal(watch.state, 'draining');
    isDraining = false;
    assert.equal(watch.retryAfterOf(request('INVITE', 'a')), undefined);
    clock.advance(SAMPLE_MS);
    assert.deepEqual(states, ['draining', 'normal']);
    assert.equal(watch.mayDial, true);
  });

  it('leaves no timer behind', () => {
    const { watch, clock } = open();
    watch.stop();
    assert.equal(clock.pendingCount, 0);
  });
});
