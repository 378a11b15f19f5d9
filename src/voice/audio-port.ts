import type { Emitter } from '../lib/emitter.ts';
import type { AudioFrame, PlayoutEvent } from '../media/media-session.ts';

/** The line as the voice engine sees it; a media session fulfils it, and so does a fake line in tests. */
export interface AudioPort {
  readonly audio: Emitter<AudioFrame>;
  readonly dtmf: Emitter<{ digit: string; durationMs: number; at: number }>;
  readonly playout: Emitter<PlayoutEvent>;
  play(samples: Int16Array): number;
  clear(): Promise<number>;
  sendDtmf(digits: string): void;
}
