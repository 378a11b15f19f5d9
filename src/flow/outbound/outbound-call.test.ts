import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BRAIN, DESK, setUpSession } from '../../../test/support/fake-session.ts';
import { advance, fakeAgent } from '../../../test/support/fake-voice.ts';
import type { OutboundOrder } from '../../domain/calls/outbound-order.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { silentLogger } from '../../lib/logger.ts';
import { DialError, type Dialer, NoRoomError } from '../dialer.ts';
import { DialPaceError } from '../dialing/dial-gate.ts';
import type { CastDirectory } from '../routing/cast.ts';
import { CallStory } from '../session/call-story.ts';
import { OrgLines } from '../session/org-lines.ts';
import { OutboundCall } from './outbound-call.ts';

const NUMBER = { id: 'n1', orgId: 'o1', binding: {}, extras: {} } as unknown as PhoneNumber;
const agent = fakeAgent({ brain: BRAIN, doNotCallDetection: true });

interface Options extends Partial<OutboundOrder> {
  /** The number as it is stored when the call is to be dialled; null: its org has none of this id. */
  stored?: PhoneNumber | null;
}

/** A call that is ordered, over a dialer that the test plays. */
function setUp(dial: Dialer['dial'], { stored = NUMBER, ...fields }: Options = {}) {
  const { recorder, clock, lines, told, store } = setUpSession();
  recorder.record('call.queued', {}, ({ answeredAt: _, ...call }) => ({ ...call, status: 'queued' }));
  const order: OutboundOrder = {
    orgId: 'o1',
    number: NUMBER,
    customer: {},
    destination: DESK,
    agent: { kind: 'transient-agent', agent },
    ...fields,
  };
  const story = new CallStory(NUMBER, undefined);
  story.agent = agent;
  const call = new OutboundCall({
    order,
    recorder,
    story,
    ticket: new OrgLines(clock).request({ id: 'o1' }),
    dialer: { dial },
    ringLimitMs: 60_000,
    directory: { withVendorKeys: async (known: unknown) => known } as unknown as CastDirectory,
    credentials: { get: async () => undefined },
    numbers: { get: async () => stored ?? undefined },
    openSession: () => assert.fail('there is no leg'),
    clock,
    logger: silentLogger,
  });
  return {
    call,
    clock,
    told,
    recorder,
    store,
    endOf: () => lines.find(({ type }) => type === 'call.ended')?.data,
  };
}

test('a call for which the exchange has no room ends for that reason, and its timeline says so', async () => {
  const { call, endOf } = setUp(async () => {
    throw new NoRoomError();
  });
  await call.run();
  const reason = 'call.in-progress.error-vapifault-worker-not-available';
  const message = 'the exchange is overloaded and places no calls for now';
  assert.deepEqual(endOf(), { reason, blame: 'exchange', message });
  const { endReason, blame, endMessage } = call.call;
  assert.deepEqual([endReason, blame, endMessage], [reason, 'exchange', message]);
});

test('a call that came to no leg is reported once, with nothing said, and with nobody asked whether he may be called', async () => {
  const { call, told } = setUp(async () => {
    throw new DialError('unreachable', 'there is no trunk');
  });
  await call.run();
  const { status, endReason, messages, turns, doNotCall } = call.call;
  assert.deepEqual([status, endReason], ['ended', 'call.start.error-get-transport']);
  assert.deepEqual([messages, turns, doNotCall], [[], [], undefined]);
  assert.deepEqual(
    told.map(({ type }) => type),
    ['status-changed', 'call-reported'],
  );
});

test('a call that is taken back before it is dialled ends so, whatever becomes of the dial', async () => {
  const dialled = Promise.withResolvers<never>();
  const { call, clock, endOf } = setUp(() => dialled.promise);
  const running = call.run();
  await advance(clock, 10);
  await call.cancel();
  dialled.reject(new DialError('busy', 'too late'));
  await running;
  assert.equal(endOf()?.reason, 'manually-canceled');
});

test('a call of a number that has been blocked since it was ordered ends without a dial, and says why', async () => {
  const stored: PhoneNumber = { ...NUMBER, status: 'blocked' };
  const { call, endOf } = setUp(async () => assert.fail('nothing is dialled'), { stored });
  await call.run();
  const reason = 'call.start.error-fraud-check-failed';
  assert.deepEqual(endOf(), { reason, blame: 'customer', message: 'the number is blocked' });
});

test('a call of a number that its org has no more ends without a dial, and says why', async () => {
  const { call, endOf } = setUp(async () => assert.fail('nothing is dialled'), { stored: null });
  await call.run();
  const reason = 'call.start.error-get-phone-number';
  const message = 'the org has the number no more: it was deleted, or handed to another org';
  assert.deepEqual(endOf(), { reason, blame: 'customer', message });
});

test('a call that waits for the pace of its org is not dialled once its number is blocked', async () => {
  const stored: PhoneNumber = { ...NUMBER };
  let dials = 0;
  const dial: Dialer['dial'] = async () => {
    dials += 1;
    throw new DialPaceError(1_000);
  };
  const { call, clock, endOf } = setUp(dial, { stored });
  const running = call.run();
  await advance(clock, 500);
  stored.status = 'blocked';
  await advance(clock, 1_000);
  assert.equal(dials, 1);
  await running;
  assert.equal(endOf()?.message, 'the number is blocked');
});

test('a number that was given with its order is looked for in no store', async () => {
  const { call, endOf } = setUp(
    async () => {
      throw new DialError('unreachable', 'there is no trunk');
    },
    { stored: null, isTransientNumber: true },
  );
  await call.run();
  assert.equal(endOf()?.message, 'there is no trunk');
});

test('nobody is dialled for a call that is not on disk yet', async () => {
  let dials = 0;
  const { call, clock, recorder, store } = setUp(async () => {
    dials += 1;
    throw new DialError('busy', 'busy');
  });
  await recorder.flushed();
  const disk = Promise.withResolvers<void>();
  store.opened = disk.promise;
  recorder.open([]);
  const running = call.run();
  await advance(clock, 2_000);
  assert.equal(dials, 0);
  disk.resolve();
  await running;
  assert.equal(dials, 1);
});
