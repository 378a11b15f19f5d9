import type { MessagePort } from 'node:worker_threads';
import type { WorkerMediaParams } from '../media-params.ts';
import type { PlayoutEvent, RecordingResult, RecordingSide, RtpStats } from '../media-session.ts';

/** Number of a session within its pool; what the threads say of a session carries it. */
export type SessionHandle = number;

/** Number of a bridge within the process. */
export type BridgeId = number;

/** The other side of a bridge: a session of the same worker, or the way to another worker. */
export type BridgePeer = { session: SessionHandle } | { port: MessagePort };

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
  /** Whether what the session hears is to be told. */
  | { type: 'listen'; session: SessionHandle; isListenedTo: boolean }
  | { type: 'bridge'; session: SessionHandle; bridge: BridgeId; conference: boolean; peer: BridgePeer }
  | { type: 'unbridge'; session: SessionHandle; bridge: BridgeId }
  /** A key that the session's peer pressed, which did not come with its audio. */
  | { type: 'pass-key'; session: SessionHandle; bridge: BridgeId; code: number; durationMs: number }
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
 * What those sessions of a worker received that are listened to, in one step of its ticker and one transferred buffer:
 * `count` session handles of 32 bits, then `count` frames of 16-bit samples.
 */
export interface FramesMessage {
  type: 'frames';
  at: number;
  count: number;
  buffer: ArrayBuffer;
}

/** The thread runs like any other of the system. */
export interface UsualPriority {
  type: 'usual-priority';
  reason: string;
}

export type FromWorker = Reply | SessionEvent | FramesMessage | UsualPriority;
