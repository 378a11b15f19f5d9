import type { WorkerMediaParams } from '../media-params.ts';
import type { PlayoutEvent, RecordingResult, RecordingSide, RtpStats } from '../media-session.ts';

/** Number of a session within its pool; what the threads say of a session carries it. */
export type SessionHandle = number;

/** Asked of a worker, which answers each with a {@link Reply} of the same `request`. */
export type Request =
  | { type: 'open'; request: number; session: SessionHandle; bindAddress: string; port: number }
  | { type: 'clear'; request: number; session: SessionHandle }
  | { type: 'stop-recording'; request: number; session: SessionHandle }
  | { type: 'stats'; request: number; session: SessionHandle }
  | { type: 'close'; request: number; session: SessionHandle };

/** Told to a worker, without an answer. */
export type Command =
  | { type: 'configure'; session: SessionHandle; params: WorkerMediaParams }
  | { type: 'play'; session: SessionHandle; samples: Int16Array }
  | { type: 'relay'; session: SessionHandle; samples: Int16Array; limitMs: number }
  | { type: 'dtmf'; session: SessionHandle; codes: number[]; durationMs: number; gapMs: number }
  | { type: 'start-recording'; session: SessionHandle; path: string; left: RecordingSide }
  | { type: 'start-tap'; session: SessionHandle }
  | { type: 'stop-tap'; session: SessionHandle }
  | { type: 'shutdown' };

export type ToWorker = Request | Command;

export type Reply =
  | { type: 'reply'; request: number; ok: true; value: RtpStats | RecordingResult | number | undefined }
  | { type: 'reply'; request: number; ok: false; code: string; message: string };

/** What a session tells of itself. */
export type SessionEvent =
  | { type: 'dtmf'; session: SessionHandle; digit: string; durationMs: number; at: number }
  | { type: 'playout'; session: SessionHandle; event: PlayoutEvent }
  /** What passed while the session is tapped, interleaved as in `MediaTap`; the buffer is transferred. */
  | { type: 'tapped'; session: SessionHandle; samples: Int16Array<ArrayBuffer> }
  | { type: 'silence'; session: SessionHandle; sinceMs: number }
  | { type: 'failed'; session: SessionHandle; part: 'media' | 'recording'; error: string };

/**
 * The frames that all sessions of a worker received in one step of its ticker, in one transferred buffer:
 * `count` session handles of 32 bits, then `count` frames of 16-bit samples.
 */
export interface FramesMessage {
  type: 'frames';
  at: number;
  count: number;
  buffer: ArrayBuffer;
}

export type FromWorker = Reply | SessionEvent | FramesMessage;
