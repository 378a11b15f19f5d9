import type { Call } from '../../../domain/calls/call.ts';
import { LISTEN_SAMPLE_RATE_HZ } from '../../../flow/live/listen-audio.ts';
import type { CallNotice } from '../../../flow/server-messages.ts';

/** The first frame of a listener's socket: what the binary frames hold, in the words of the vendor's audio sockets. */
export function fromAudioFormat(channels: 1 | 2): Record<string, unknown> {
  return {
    type: 'start',
    encoding: 'linear16',
    container: 'raw',
    sampleRate: LISTEN_SAMPLE_RATE_HZ,
    channels,
  };
}

/** What a listener is told of a notice, as the vendor words it for servers; undefined where it is told nothing. */
export function fromNotice(
  notice: CallNotice,
  call: Call,
  timestamp: number,
): Record<string, unknown> | undefined {
  switch (notice.type) {
    case 'status-changed':
      return fromStatus(call, timestamp);
    case 'transcribed':
      return {
        type: 'transcript',
        timestamp,
        role: roleOf(notice.role),
        transcriptType: notice.isFinal ? 'final' : 'partial',
        transcript: notice.text,
      };
    case 'speech-changed':
      return {
        type: 'speech-update',
        timestamp,
        role: roleOf(notice.role),
        status: notice.status,
        turn: notice.turn,
      };
    case 'user-interrupted':
      return { type: 'user-interrupted', timestamp, turnId: notice.turnId };
    default:
      return undefined;
  }
}

export function fromStatus(call: Call, timestamp: number): Record<string, unknown> {
  const { endReason } = call;
  return {
    type: 'status-update',
    timestamp,
    status: call.status,
    ...(endReason !== undefined && { endedReason: endReason }),
  };
}

function roleOf(role: 'user' | 'agent'): 'user' | 'assistant' {
  return role === 'agent' ? 'assistant' : 'user';
}
