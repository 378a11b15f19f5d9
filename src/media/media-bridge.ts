import { MessageChannel } from 'node:worker_threads';
import { dtmfCode } from './dtmf/dtmf-event.ts';
import type { BridgeOptions, MediaBridge, MediaSession } from './media-session.ts';
import type { BridgeId, SessionHandle } from './worker/protocol.ts';
import type { WorkerThread } from './worker-thread.ts';

/** A session and the worker that it lives in. */
export interface PlacedSession extends MediaSession {
  readonly handle: SessionHandle;
  readonly thread: WorkerThread;
}

/** Bridges so far: each number names one bridge of this process. */
let bridges = 0;

/** Has the workers of two sessions join them: directly where it is one worker, else over a port between the two. */
export function bridgeSessions(a: PlacedSession, b: PlacedSession, options: BridgeOptions): MediaBridge {
  bridges += 1;
  const bridge = bridges;
  const { conference = false } = options;
  if (a.thread === b.thread) {
    const peer = { session: b.handle };
    a.thread.tell({ type: 'bridge', session: a.handle, bridge, conference, peer });
  } else {
    const { port1, port2 } = new MessageChannel();
    tellOfPort(a, bridge, conference, port1);
    tellOfPort(b, bridge, false, port2);
  }
  return new WorkerBridge(a, b, bridge);
}

function tellOfPort(
  { thread, handle }: PlacedSession,
  bridge: BridgeId,
  conference: boolean,
  port: MessageChannel['port1'],
): void {
  // A port that is not handed over to a worker would stay open here.
  if (!thread.isAlive) port.close();
  else thread.tell({ type: 'bridge', session: handle, bridge, conference, peer: { port } }, [port]);
}

class WorkerBridge implements MediaBridge {
  readonly #sessions: readonly [PlacedSession, PlacedSession];
  readonly #bridge: BridgeId;
  #closed = false;

  constructor(a: PlacedSession, b: PlacedSession, bridge: BridgeId) {
    this.#sessions = [a, b];
    this.#bridge = bridge;
  }

  passKey(from: MediaSession, digit: string, durationMs: number): void {
    const session = this.#sessions.find((placed) => placed === from);
    if (!session) throw new RangeError('The session is not of this bridge.');
    const code = dtmfCode(digit);
    session.thread.tell({
      type: 'pass-key',
      session: session.handle,
      bridge: this.#bridge,
      code,
      durationMs,
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { thread, handle } of this.#sessions)
      thread.tell({ type: 'unbridge', session: handle, bridge: this.#bridge });
  }
}
