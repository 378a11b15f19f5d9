import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { liveCall } from '../../../test/support/sample-call.ts';
import type { Call, CallEvent, CallEventType } from '../../domain/calls/call.ts';
import type { CallRepository } from '../../domain/calls/call-repository.ts';
import { Emitter } from '../../lib/emitter.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { followTimeline, QUIET_MS } from './follow-timeline.ts';

const CALL = liveCall('o1', 0);
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A store with one timeline, and a follower that notes what it is given. */
function follow(lines: CallEventType[], afterSeq = 0) {
  const clock = new FakeClock();
  const grew = new Emitter<string>();
  const stored: CallEvent[] = [];
  const state: { call: Call | undefined; whileReading?: () => void } = { call: CALL };
  const write = (type: CallEventType, tell = true) => {
    const seq = stored.length + 1;
    stored.push({ id: `e${seq}`, callId: CALL.id, orgId: CALL.orgId, seq, type, at: seq, data: {} });
    if (tell) grew.emit(CALL.id);
  };
  for (const type of lines) write(type, false);
  const calls = {
    events: async (_org: string, _id: string, after = 0) => {
      const found = stored.filter(({ seq }) => seq > after);
      state.whileReading?.();
      return found;
    },
    get: async () => state.call,
  } as unknown as CallRepository;
  const gone = new AbortController();
  const given: (number | 'quiet')[] = [];
  const over = (async () => {
    const place = { orgId: CALL.orgId, callId: CALL.id, afterSeq };
    for await (const line of followTimeline({ calls, grew, clock }, place, gone.signal))
      given.push(line === 'quiet' ? line : line.seq);
  })();
  return { clock, grew, state, write, gone, given, over };
}

describe('following a timeline', () => {
  it('gives what is stored, then each line as it is written, and ends with the call', async () => {
    const { write, given, over, grew, clock } = follow(['call.ringing', 'call.answered']);
    await settle();
    assert.deepEqual(given, [1, 2]);
    write('message.added');
    await settle();
    write('turn.measured', false);
    write('call.ended');
    await over;
    assert.deepEqual(given, [1, 2, 3, 4, 5]);
    assert.equal(grew.size, 0);
    assert.equal(clock.pendingCount, 0);
  });

  it('goes on after the line that a client has', async () => {
    const { given, over, write } = follow(['call.ringing', 'call.answered', 'message.added'], 2);
    write('call.ended');
    await over;
    assert.deepEqual(given, [3, 4]);
  });

  it('misses no line that is written while it reads', async () => {
    const { state, write, given, over } = follow(['call.ringing']);
    let left = 20;
    state.whileReading = () => {
      left -= 1;
      if (left >= 0) write(left === 0 ? 'call.ended' : 'message.added');
    };
    write('call.answered');
    await over;
    assert.deepEqual(
      given,
      Array.from({ length: 22 }, (_, i) => i + 1),
    );
  });

  it('passes over other calls, says that all is quiet, and finds what nobody told of', async () => {
    const { clock, grew, write, given, over, gone } = follow(['call.ringing']);
    await settle();
    grew.emit('another call');
    await settle();
    assert.deepEqual(given, [1]);
    clock.advance(QUIET_MS);
    await settle();
    assert.deepEqual(given, [1, 'quiet']);
    write('message.added', false);
    clock.advance(QUIET_MS);
    await settle();
    assert.deepEqual(given, [1, 'quiet', 'quiet', 2]);
    gone.abort();
    await over;
    assert.equal(grew.size, 0);
    assert.equal(clock.pendingCount, 0);
  });

  it('ends when the call ended before the line it was to go on from, or is gone', async () => {
    for (const call of [{ ...CALL, status: 'ended' as const }, undefined]) {
      const { clock, state, given, over } = follow(['call.ringing', 'call.ended'], 9);
      state.call = call;
      await settle();
      clock.advance(QUIET_MS);
      await over;
      assert.deepEqual(given, []);
    }
  });
});
