import type { Emitter } from '../../lib/emitter.ts';

export interface Transcript {
  text: string;
  isFinal: boolean;
  /** The vendor is sure that the speaker has finished: the turn may be taken at once. */
  endOfTurn?: boolean;
  confidence?: number;
}

export interface TranscriberOptions {
  language: string;
  model?: string;
  /** JSGF grammar of the phrases that the brain expects; used where the transcriber can. */
  grammar?: string;
  settings: Record<string, unknown>;
  signal: AbortSignal;
}

/** The ears of one call. */
export interface TranscriberStream {
  readonly transcripts: Emitter<Transcript>;
  /** The stream is of no more use: the call goes on with the next transcriber. */
  readonly failed: Emitter<Error>;
  /** @param frame 20 ms of 8 kHz audio. */
  write(frame: Int16Array): void;
  /** The VAD heard speech begin: a transcriber that works in segments starts one (with its own pre-roll). */
  speechStarted(): void;
  /** The VAD heard speech end: give the final text of the segment as soon as it is known; an empty final if none. */
  speechEnded(): void;
  close(): void;
}

export interface Transcriber {
  readonly name: string;
  /** Resolves when audio may be written. @throws when the vendor refuses. */
  open(options: TranscriberOptions): Promise<TranscriberStream>;
}
