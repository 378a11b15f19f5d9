import type { CallRecorder } from '../session/call-recorder.ts';
import type { CallSession } from '../session/call-session.ts';
import type { ControlCommand } from './control-command.ts';
import type { LiveCall } from './live-call.ts';
import { runCommand } from './run-command.ts';

/** A session as those outside the call may see and steer it. */
export function liveCallOf(session: CallSession, recorder: CallRecorder): LiveCall {
  const target = {
    get conversation() {
      return session.conversation;
    },
    get language() {
      return session.voice.cast?.agent.transcriber?.language;
    },
    moveTo: (destination: Parameters<CallSession['moveTo']>[0]) => session.moveTo(destination),
    end: (reason: Parameters<CallSession['end']>[0]) => void session.end(reason),
    record: (type: 'control.received' | 'agent.warned', data: object) =>
      recorder.record(type, recorder.call.hipaaCompliant ? withoutWords(data) : data),
  };
  return {
    get call() {
      return recorder.call;
    },
    get monitorPlan() {
      return session.voice.cast?.agent.monitorPlan ?? {};
    },
    notices: recorder.notices,
    tap: () => session.tap(),
    async control(command: ControlCommand) {
      runCommand(command, target);
    },
  };
}

/** What was done to a call of which nothing that was said may be kept. */
function withoutWords(data: object): object {
  const { content: _, message: __, ...rest } = data as Record<string, unknown>;
  return rest;
}
