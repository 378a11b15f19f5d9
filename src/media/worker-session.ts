import { Emitter } from '../lib/emitter.ts';
import { WatchedEmitter } from '../lib/watched-emitter.ts';
import { dtmfCode } from './dtmf/dtmf-event.ts';
import { DTMF_DURATION_MS, DTMF_GAP_MS } from './dtmf/dtmf-sender.ts';
import { bridgeSessions } from './media-bridge.ts';
import { checkMediaParams, toWorkerParams } from './media-params.ts';
import type {
  AudioFrame,
  BridgeOptions,
  MediaBridge,
  MediaParams,
  MediaSession,
  MediaTap,
  PlayoutEvent,
  RecordingResult,
  RecordingSide,
  RtpStats,
} from './media-session.ts';
import type { SessionEvent, SessionHandle } from './worker/protocol.ts';
import type { SessionListener, WorkerThread } from './worker-thread.ts';

const NO_STATS: RtpStats = {
  codec: 'none',
  received: 0,
  lost: 0,
  late: 0,
  duplicated: 0,
  rejected: 0,
  sent: 0,
  jitterMs: 0,
  sendLatenessP99Ms: 0,
};

export interface WorkerSessionOptions {
  id: string;
  handle: SessionHandle;
  localPort: number;
  thread: WorkerThread;
  /** Called once, when the port is free. */
  released: () => void;
}

/**
 * The main thread's handle of a session in a media worker. It stays safe to use after {@link WorkerSession.close} and
 * after the worker's death: commands do nothing, questions are answered with what was last known.
 */
export class WorkerSession implements MediaSession, SessionListener {
  readonly id: string;
  readonly localPort: number;
  readonly audio: Emitter<AudioFrame> = new WatchedEmitter((isListenedTo) =>
    this.thread.tell({ type: 'listen', session: this.handle, isListenedTo }),
  );
  readonly dtmf = new Emitter<{ digit: string; durationMs: number; at: number }>();
  readonly playout = new Emitter<PlayoutEvent>();
  readonly silence = new Emitter<{ sinceMs: number }>();
  readonly failed = new Emitter<{ part: 'media' | 'recording'; error: string }>();
  /** Its number within the worker. */
  readonly handle: SessionHandle;
  /** The worker that it lives in. */
  readonly thread: WorkerThread;
  readonly #released: () => void;
  readonly #taps = new Set<Emitter<Int16Array>>();
  #queuedEnd = 0;
  #sentPosition = 0;
  #stats = NO_STATS;
  #recording = false;
  #closing: Promise<RtpStats> | undefined;
  #lost = false;

  constructor(options: WorkerSessionOptions) {
    this.id = options.id;
    this.localPort = options.localPort;
    this.handle = options.handle;
    this.thread = options.thread;
    this.#released = options.released;
    this.thread.attach(this.handle, this);
  }

  /** @throws {RangeError} when a value cannot be: whoever reads SDP checks it first or refuses the call with 488. */
  configure(params: MediaParams): void {
    checkMediaParams(params);
    this.thread.tell({ type: 'configure', session: this.handle, params: toWorkerParams(params) });
  }

  play(samples: Int16Array): number {
    this.#queuedEnd += samples.length;
    if (this.#isOver || samples.length === 0) return this.#queuedEnd;
    // The caller may go on using its array, which may be a view of a larger one.
    const copy = samples.slice();
    this.thread.tell({ type: 'play', session: this.handle, samples: copy }, [copy.buffer]);
    return this.#queuedEnd;
  }

  relay(samples: Int16Array, limitMs: number): void {
    if (this.#isOver || samples.length === 0) return;
    // A frame is a view of a buffer that other sessions share.
    const copy = samples.slice();
    this.thread.tell({ type: 'relay', session: this.handle, samples: copy, limitMs }, [copy.buffer]);
  }

  async clear(): Promise<number> {
    if (this.#isOver) return this.#sentPosition;
    try {
      this.#sentPosition = await this.thread.ask<'clear'>({ type: 'clear', session: this.handle });
    } catch (error) {
      this.#expectEnd(error);
    }
    return this.#sentPosition;
  }

  /** @throws {RangeError} when `digits` has a character that is no key. */
  sendDtmf(digits: string, options: { durationMs?: number; gapMs?: number } = {}): void {
    const codes = [...digits].map(dtmfCode);
    const { durationMs = DTMF_DURATION_MS, gapMs = DTMF_GAP_MS } = options;
    if (!(durationMs > 0) || !(gapMs >= 0))
      throw new RangeError('A key takes a positive time in milliseconds.');
    this.thread.tell({ type: 'dtmf', session: this.handle, codes, durationMs, gapMs });
  }

  /** @throws {TypeError} when `other` is no session that lives in a worker, or this one. */
  bridge(other: MediaSession, options: BridgeOptions = {}): MediaBridge {
    if (!(other instanceof WorkerSession) || other === this)
      throw new TypeError('Only two sessions of media workers can be bridged.');
    return bridgeSessions(this, other, options);
  }

  /** @throws {Error} when one is running already. */
  startRecording(path: string, { left = 'received' }: { left?: RecordingSide } = {}): void {
    if (this.#recording) throw new Error('A recording is running already.');
    this.#recording = true;
    this.thread.tell({ type: 'start-recording', session: this.handle, path, left });
  }

  async stopRecording(): Promise<RecordingResult> {
    this.#recording = false;
    if (this.#isOver) return { durationMs: 0, channels: [], error: 'The media session is over.' };
    try {
      return await this.thread.ask<'stop-recording'>({ type: 'stop-recording', session: this.handle });
    } catch (error) {
      this.#expectEnd(error);
      return { durationMs: 0, channels: [], error: (error as Error).message };
    }
  }

  tap(): MediaTap {
    const audio = new Emitter<Int16Array>();
    this.#taps.add(audio);
    if (this.#taps.size === 1 && !this.#isOver) this.thread.tell({ type: 'start-tap', session: this.handle });
    return {
      audio,
      close: () => {
        const wasLast = this.#taps.delete(audio) && this.#taps.size === 0;
        if (wasLast && !this.#isOver) this.thread.tell({ type: 'stop-tap', session: this.handle });
      },
    };
  }

  async stats(): Promise<RtpStats> {
    if (this.#closing) return this.#closing;
    if (this.#lost) return this.#stats;
    try {
      this.#stats = await this.thread.ask<'stats'>({ type: 'stats', session: this.handle });
    } catch (error) {
      this.#expectEnd(error);
    }
    return this.#stats;
  }

  close(): Promise<RtpStats> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  onEvent(event: SessionEvent): void {
    switch (event.type) {
      case 'dtmf':
        this.dtmf.emit({ digit: event.digit, durationMs: event.durationMs, at: event.at });
        return;
      case 'playout':
        this.#sentPosition = event.event.position;
        this.playout.emit(event.event);
        return;
      case 'tapped':
        for (const audio of [...this.#taps]) audio.emit(event.samples);
        return;
      case 'silence':
        this.silence.emit({ sinceMs: event.sinceMs });
        return;
      case 'failed':
        this.failed.emit({ part: event.part, error: event.error });
    }
  }

  onFrame(samples: Int16Array, at: number): void {
    this.audio.emit({ samples, at });
  }

  onLost(reason: string): void {
    this.#lost = true;
    this.failed.emit({ part: 'media', error: `The media worker died: ${reason}` });
  }

  get #isOver(): boolean {
    return this.#lost || this.#closing !== undefined;
  }

  async #close(): Promise<RtpStats> {
    try {
      if (!this.#lost) this.#stats = await this.thread.ask<'close'>({ type: 'close', session: this.handle });
    } catch (error) {
      this.#expectEnd(error);
    }
    this.thread.detach(this.handle);
    this.#released();
    return this.#stats;
  }

  /** A question may cross the end of the session or of its worker; any other error is one. */
  #expectEnd(error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'closed' && code !== 'media-worker-died') throw error;
  }
}
