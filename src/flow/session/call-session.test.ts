import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveCall } from '../../../test/support/sample-call.ts';
import type { CallRepository } from '../../domain/calls/call-repository.ts';
import { Emitter } from '../../lib/emitter.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { MediaSession, RtpStats } from '../../media/media-session.ts';
import type { Conversation, ConversationEvent } from '../../voice/engine/conversation.ts';
import type { Leg, LegEnd } from '../leg.ts';
import { CallRecorder } from './call-recorder.ts';
import { CallSession } from './call-session.ts';
import type { VoiceParts } from './voice-parts.ts';

const CALL = liveCall('o1', 0, { status: 'ringing' });

const STATS: RtpStats = {
  codec: 'PCMU',
  received: 1,
  lost: 0,
  late: 0,
  duplicated: 0,
  rejected: 0,
  sent: 1,
  jitterMs: 0,
  sendLatenessP99Ms: 0,
};

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A session over a leg, a conversation and a store whose parts can be made to fail. */
function setUp(faults: { answer?: Error; close?: Error; stats?: Error; hangup?: Error } = {}) {
  const clock = new FakeClock();
  const ends: { type: string; data: Record<string, unknown> }[] = [];
  const calls = {
    insert: async () => {},
    record: async () => CALL,
    end: async (_org: string, _id: string, event: { type: string; data: Record<string, unknown> }) => {
      ends.push(event);
      return CALL;
    },
  } as unknown as CallRepository;
  const fail = async <T>(fault: Error | undefined, value: T): Promise<T> => {
    if (fault) throw fault;
    return value;
  };
  const media = {
    audio: new Emitter(),
    dtmf: new Emitter(),
    playout: new Emitter(),
    silence: new Emitter<{ sinceMs: number }>(),
    failed: new Emitter(),
    stats: () => fail(faults.stats, STATS),
  };
  const hangups: number[] = [];
  const holds: boolean[] = [];
  const leg = {
    media: media as unknown as MediaSession,
    ended: new Emitter<LegEnd>(),
    held: new Emitter<boolean>(),
    dtmf: new Emitter(),
    ring() {},
    answer: () => fail(faults.answer, undefined),
    reject() {},
    hangup: () => {
      hangups.push(1);
      return fail(faults.hangup, undefined);
    },
  };
  const events = new Emitter<ConversationEvent>();
  const conversation = {
    events,
    start: async () => {},
    say: async () => {},
    hold: (held: boolean) => holds.push(held),
    close: () => fail(faults.close, undefined),
  } as unknown as Conversation;
  const recorder = new CallRecorder({ call: CALL, calls, clock, logger: silentLogger });
  const session = new CallSession({
    leg: leg as unknown as Leg,
    recorder,
    parts: { warnings: [] } as unknown as VoiceParts,
    conversation,
    ringDelayMs: 0,
    clock,
    logger: silentLogger,
  });
  return { session, leg, media, events, clock, ends, hangups, holds };
}

test('whoever asks first ends the call, and it ends once', async () => {
  const { session, leg, events, ends, hangups } = setUp();
  const running = session.run();
  await settle();
  events.emit({ type: 'end', reason: 'silence-timed-out' });
  leg.ended.emit({ by: 'peer' });
  await running;
  assert.deepEqual(
    ends.map(({ data }) => data),
    [{ reason: 'silence-timed-out', blame: 'none' }],
  );
  assert.equal(hangups.length, 1);
});

test('the end is stored and the line hung up whatever else fails on the way', async () => {
  const { session, leg, ends, hangups } = setUp({
    close: new Error('voice'),
    stats: new Error('media'),
    hangup: new Error('sip'),
  });
  const running = session.run();
  await settle();
  leg.ended.emit({ by: 'peer' });
  await running;
  assert.equal(ends[0]?.data.reason, 'customer-ended-call');
  assert.equal(hangups.length, 1);
});

test('a caller who is never heard is given up after 30 s, one on hold is not', async () => {
  const { session, leg, media, ends, holds } = setUp();
  const running = session.run();
  await settle();
  leg.held.emit(true);
  media.silence.emit({ sinceMs: 60_000 });
  await settle();
  assert.equal(ends.length, 0);
  leg.held.emit(false);
  media.silence.emit({ sinceMs: 20_000 });
  await settle();
  assert.equal(ends.length, 0, 'before the first packet 20 s are not too long');
  media.silence.emit({ sinceMs: 30_000 });
  await running;
  assert.deepEqual(holds, [true, false], 'the conversation is told');
  assert.equal(ends[0]?.data.reason, 'call.in-progress.error-assistant-did-not-receive-customer-audio');
});

test('a call whose answer is never confirmed ends as one that failed to connect', async () => {
  const { session, ends } = setUp({ answer: new Error('no ACK') });
  await session.run();
  assert.equal(ends[0]?.data.reason, 'call.ringing.error-sip-inbound-call-failed-to-connect');
});

test('a call ends at its longest duration', async () => {
  const { session, clock, ends } = setUp();
  const running = session.run();
  await settle();
  clock.advance(600_000);
  await running;
  assert.equal(ends[0]?.data.reason, 'exceeded-max-duration');
});
