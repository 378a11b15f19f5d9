import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveCall } from '../../../test/support/sample-call.ts';
import type { Call } from '../../domain/calls/call.ts';
import type { CallRecorder } from '../session/call-recorder.ts';
import type { CallSession } from '../session/call-session.ts';
import { liveCallOf } from './live-session.ts';

function linesOf(call: Partial<Call>) {
  const lines: object[] = [];
  const recorder = {
    call: liveCall('o1', 0, call),
    record: (_type: string, data: object) => lines.push(data),
  } as unknown as CallRecorder;
  const session = {
    conversation: { say: async () => {} },
    voice: { cast: undefined },
  } as unknown as CallSession;
  return { live: liveCallOf(session, recorder), lines };
}

const command = { type: 'say', content: 'Your result is fine.', endCallAfterSpoken: false } as const;

test('a command is kept with its words', async () => {
  const { live, lines } = linesOf({});
  await live.control(command);
  assert.deepEqual(lines, [command]);
});

test('of a confidential call a command is kept without its words', async () => {
  const { live, lines } = linesOf({ hipaaCompliant: true });
  await live.control(command);
  assert.deepEqual(lines, [{ type: 'say', endCallAfterSpoken: false }]);
});
