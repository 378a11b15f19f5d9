import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveCall } from '../../../test/support/sample-call.ts';
import type { Call, CallEvent } from '../../domain/calls/call.ts';
import type { CallRepository } from '../../domain/calls/call-repository.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { CallRecorder } from './call-recorder.ts';

const CALL = liveCall('o1', 0, { status: 'ringing' });

/** A store that can be made to fail, and keeps what it was told in order. */
function fakeStore() {
  const log: string[] = [];
  const stored: { id: string }[] = [];
  let row: Call | undefined;
  const state = { failing: false, losesAnswer: false };
  const guard = () => {
    if (state.failing) throw new Error('disk full');
  };
  const keep = (events: Omit<CallEvent, 'seq'>[]) => {
    stored.push(...events);
    log.push(...events.map((event) => event.type));
    if (!state.losesAnswer) return;
    state.losesAnswer = false;
    throw new Error('connection lost after the commit');
  };
  const calls = {
    insert: async (call: Call, events: Omit<CallEvent, 'seq'>[]) => {
      guard();
      row = call;
      keep(events);
    },
    events: async () => stored,
    record: async (
      _org: string,
      _id: string,
      events: Omit<CallEvent, 'seq'>[],
      change?: (call: Call) => Call,
    ) => {
      guard();
      if (row && change) row = change(row);
      keep(events);
      return row;
    },
    end: async (_org: string, _id: string, event: Omit<CallEvent, 'seq'>, change: (call: Call) => Call) => {
      guard();
      if (row) row = change(row);
      keep([event]);
      return row;
    },
  } as unknown as CallRepository;
  return { calls, log, state, row: () => row };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test('state changes are stored with their lines, in order, and the end comes last', async () => {
  const store = fakeStore();
  const recorder = new CallRecorder({
    call: CALL,
    calls: store.calls,
    clock: new FakeClock(),
    logger: silentLogger,
  });
  recorder.open([{ type: 'call.ringing', data: {} }]);
  recorder.record('call.answered', {}, (call) => ({ ...call, status: 'in-progress' }));
  recorder.record('dtmf.received', { digit: '5' });
  await recorder.end({ reason: 'customer-ended-call' }, (call) => ({ ...call, status: 'ended' }));
  assert.deepEqual(store.log, ['call.ringing', 'call.answered', 'dtmf.received', 'call.ended']);
  assert.equal(store.row()?.status, 'ended');
});

test('while the store fails the call goes on, and everything is written when it is back', async () => {
  const store = fakeStore();
  const clock = new FakeClock();
  const recorder = new CallRecorder({ call: CALL, calls: store.calls, clock, logger: silentLogger });
  store.state.failing = true;
  recorder.open([{ type: 'call.ringing', data: {} }]);
  recorder.record('call.answered', {}, (call) => ({ ...call, status: 'in-progress' }));
  assert.equal(recorder.call.status, 'in-progress', 'the process knows at once');
  await settle();
  assert.deepEqual(store.log, []);
  store.state.failing = false;
  clock.advance(300);
  await settle();
  await settle();
  assert.deepEqual(store.log, ['call.ringing', 'call.answered']);
});

test('a store that stays away costs bounded memory and loses no state change', async () => {
  const store = fakeStore();
  const clock = new FakeClock();
  const recorder = new CallRecorder({ call: CALL, calls: store.calls, clock, logger: silentLogger });
  store.state.failing = true;
  recorder.open([{ type: 'call.ringing', data: {} }]);
  for (let index = 0; index < 6_000; index += 1) recorder.record('dtmf.received', { digit: '1' });
  const ended = recorder.end({ reason: 'customer-ended-call' }, (call) => ({ ...call, status: 'ended' }));
  await settle();
  store.state.failing = false;
  clock.advance(10_000);
  await ended;
  assert.equal(store.log.length, 5_001, 'the queue held its bound and the end');
  assert.equal(store.log.at(-1), 'call.ended');
});

test('a write whose answer was lost is not written twice', async () => {
  const store = fakeStore();
  const clock = new FakeClock();
  const recorder = new CallRecorder({ call: CALL, calls: store.calls, clock, logger: silentLogger });
  recorder.open([{ type: 'call.ringing', data: {} }]);
  await recorder.flushed();
  store.state.losesAnswer = true;
  recorder.record('dtmf.received', { digit: '5' });
  recorder.record('dtmf.received', { digit: '6' });
  await settle();
  clock.advance(300);
  await recorder.flushed();
  assert.deepEqual(store.log, ['call.ringing', 'dtmf.received', 'dtmf.received']);
});
