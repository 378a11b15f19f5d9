import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveCall } from '../../../test/support/sample-call.ts';
import type { Call, CallEvent } from '../../domain/calls/call.ts';
import type { CallRepository } from '../../domain/calls/call-repository.ts';
import type { NewDelivery } from '../../domain/deliveries/delivery.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { newId } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import { CallRecorder, type RecorderOptions } from './call-recorder.ts';

const CALL = liveCall('o1', 0, { status: 'ringing' });

/** A store that can be made to fail, and keeps what it was told in order. */
function fakeStore() {
  const log: string[] = [];
  const told: { id: string; type: string; body: string }[] = [];
  let writes = 0;
  const stored: { id: string }[] = [];
  let row: Call | undefined;
  const state = { failing: false, losesAnswer: false };
  const guard = () => {
    if (state.failing) throw new Error('disk full');
  };
  const keep = (events: Omit<CallEvent, 'seq'>[], deliveries: NewDelivery[] = []) => {
    writes += 1;
    stored.push(...events);
    for (const { id, type, body } of deliveries)
      if (!told.some((earlier) => earlier.id === id)) told.push({ id, type, body });
    log.push(...events.map((event) => event.type));
    if (!state.losesAnswer) return;
    state.losesAnswer = false;
    throw new Error('connection lost after the commit');
  };
  const calls = {
    insert: async (call: Call, events: Omit<CallEvent, 'seq'>[], deliveries?: NewDelivery[]) => {
      guard();
      row = call;
      keep(events, deliveries);
    },
    events: async () => stored,
    record: async (
      _org: string,
      _id: string,
      events: Omit<CallEvent, 'seq'>[],
      change?: (call: Call) => Call,
      deliveries?: NewDelivery[],
    ) => {
      guard();
      if (row && change) row = change(row);
      keep(events, deliveries);
      return row;
    },
    end: async (
      _org: string,
      _id: string,
      event: Omit<CallEvent, 'seq'>,
      change: (call: Call) => Call,
      deliveries?: NewDelivery[],
    ) => {
      guard();
      if (row) row = change(row);
      keep([event], deliveries);
      return row;
    },
  } as unknown as CallRepository;
  return { calls, log, told, state, row: () => row, writes: () => writes };
}

/** A recorder whose notices become deliveries that name them. */
const recorderOf = (calls: CallRepository, clock: FakeClock, options: Partial<RecorderOptions> = {}) =>
  new CallRecorder({
    call: CALL,
    calls,
    render: (notice, call, at) => [
      {
        id: newId(at),
        orgId: call.orgId,
        streamId: call.id,
        type: notice.type,
        server: { url: 'https://customer.example' },
        body: JSON.stringify({ status: call.status }),
        createdAt: at,
      },
    ],
    clock,
    logger: silentLogger,
    ...options,
  });

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test('state changes are stored with their lines, in order, and the end comes last', async () => {
  const store = fakeStore();
  const recorder = recorderOf(store.calls, new FakeClock());
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
  const recorder = recorderOf(store.calls, clock);
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
  const recorder = recorderOf(store.calls, clock);
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
  const recorder = recorderOf(store.calls, clock);
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

/** @returns whether the call may be connected. */
const opening = (recorder: CallRecorder) => {
  const state = { isOver: false };
  void recorder.opened.then(() => {
    state.isOver = true;
  });
  return state;
};

/** The store while it is slow: what is asked of it waits until `settle` is called. */
const slow = (calls: CallRepository) => {
  const disk = Promise.withResolvers<void>();
  const insert: CallRepository['insert'] = async (...row) => {
    await disk.promise;
    await calls.insert(...row);
  };
  return { calls: { ...calls, insert }, settle: disk.resolve };
};

test('a call is opened when its row is stored, and not before', async () => {
  const store = fakeStore();
  const clock = new FakeClock();
  const disk = slow(store.calls);
  const recorder = recorderOf(disk.calls, clock);
  recorder.open([{ type: 'call.ringing', data: {} }]);
  const state = opening(recorder);
  clock.advance(4_900);
  await settle();
  await settle();
  assert.equal(state.isOver, false);
  disk.settle();
  await settle();
  assert.equal(state.isOver, true);
  assert.deepEqual(store.log, ['call.ringing']);
  assert.equal(clock.pendingCount, 0);
});

test('a call waits five seconds for a store that does not answer, and the log tells that it goes on', async () => {
  const clock = new FakeClock();
  const errors: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => void errors.push(fields) };
  const recorder = recorderOf(slow(fakeStore().calls).calls, clock, { logger });
  recorder.open([{ type: 'call.ringing', data: {} }]);
  const state = opening(recorder);
  clock.advance(4_999);
  await settle();
  assert.equal(state.isOver, false);
  clock.advance(1);
  await settle();
  assert.equal(state.isOver, true);
  assert.deepEqual(errors, [{ callId: CALL.id, waitedMs: 5_000 }]);
});

test('a call does not wait for a store that has failed, nor for a row that is there', async () => {
  const store = fakeStore();
  store.state.failing = true;
  const clock = new FakeClock();
  const recorder = recorderOf(store.calls, clock);
  recorder.open([{ type: 'call.ringing', data: {} }]);
  const state = opening(recorder);
  await settle();
  await settle();
  assert.equal(state.isOver, true);
  assert.deepEqual(store.log, []);

  const stored = recorderOf(store.calls, clock);
  stored.record('call.queued', {});
  const known = opening(stored);
  await Promise.resolve();
  assert.equal(known.isOver, true);
});

test('what is told to the customer is written with the change it tells of', async () => {
  const store = fakeStore();
  const recorder = recorderOf(store.calls, new FakeClock());
  recorder.open([{ type: 'call.ringing', data: {} }], { type: 'status-changed' });
  const up = (call: Call): Call => ({ ...call, status: 'in-progress' });
  recorder.record('call.answered', {}, up, { type: 'status-changed' });
  recorder.tell({ type: 'agent-delayed' });
  const ended = (call: Call): Call => ({ ...call, status: 'ended' });
  await recorder.end({}, ended, { type: 'status-changed' }, { type: 'call-reported' });
  assert.deepEqual(
    store.told.map(({ type, body }) => [type, JSON.parse(body).status]),
    [
      ['status-changed', 'ringing'],
      ['status-changed', 'in-progress'],
      ['agent-delayed', 'in-progress'],
      ['status-changed', 'ended'],
      ['call-reported', 'ended'],
    ],
  );
});

test('lines that wait together are written together', async () => {
  const store = fakeStore();
  const recorder = recorderOf(store.calls, new FakeClock());
  recorder.open([{ type: 'call.ringing', data: {} }]);
  for (let digit = 0; digit < 10; digit += 1) recorder.record('dtmf.received', { digit });
  recorder.record('call.answered', {}, (call) => ({ ...call, status: 'in-progress' }));
  await recorder.flushed();
  assert.equal(store.log.length, 12);
  assert.equal(store.writes(), 1, 'the opening, and all that had gathered behind it');
  assert.equal(store.row()?.status, 'in-progress');
  recorder.record('dtmf.received', { digit: 10 });
  await recorder.end({}, (call) => ({ ...call, status: 'ended' }));
  assert.equal(store.writes(), 3, 'the end goes alone');
});

test('the writing starts when it is let, with what has gathered by then, and each time anew', async () => {
  const store = fakeStore();
  const starts: (() => void)[] = [];
  const recorder = recorderOf(store.calls, new FakeClock(), { defer: (start) => starts.push(start) });
  const line = { type: 'dtmf.received', data: {} } as const;
  recorder.open([{ type: 'call.ringing', data: {} }]);
  recorder.record(line.type, line.data);
  await settle();
  assert.deepEqual(store.log, []);
  starts.shift()?.();
  await recorder.flushed();
  assert.deepEqual(store.log, ['call.ringing', 'dtmf.received']);
  recorder.record(line.type, line.data);
  await settle();
  assert.equal(store.writes(), 1);
  assert.equal(starts.length, 1);
  starts.shift()?.();
  await recorder.flushed();
  assert.equal(store.writes(), 2);
});

test('an opening that failed is tried again with the lines that were to go along', async () => {
  const store = fakeStore();
  const clock = new FakeClock();
  const recorder = recorderOf(store.calls, clock);
  store.state.losesAnswer = true;
  recorder.open([{ type: 'call.ringing', data: {} }]);
  recorder.record('call.answered', {}, (call) => ({ ...call, status: 'in-progress' }));
  await settle();
  recorder.record('dtmf.received', { digit: '5' });
  clock.advance(300);
  await recorder.flushed();
  assert.deepEqual(store.log, ['call.ringing', 'call.answered', 'dtmf.received']);
  assert.equal(store.row()?.status, 'in-progress');
});

test('a message to the customer survives a store that is full', async () => {
  const store = fakeStore();
  const clock = new FakeClock();
  const recorder = recorderOf(store.calls, clock);
  store.state.failing = true;
  recorder.open([{ type: 'call.ringing', data: {} }]);
  for (let index = 0; index < 6_000; index += 1) recorder.record('dtmf.received', { digit: '1' });
  recorder.tell({ type: 'agent-delayed' });
  await settle();
  store.state.failing = false;
  clock.advance(10_000);
  await recorder.flushed();
  assert.deepEqual(
    store.told.map(({ type }) => type),
    ['agent-delayed'],
  );
});
