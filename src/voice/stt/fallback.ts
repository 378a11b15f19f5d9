import { Emitter } from '../../lib/emitter.ts';
import type { Transcriber, TranscriberOptions, TranscriberStream, Transcript } from './contract.ts';

/** Audio kept for the next transcriber: the segment that is being spoken, at most 15 s of it, in frames of 20 ms. */
const KEPT_SPEECH_FRAMES = 750;
/** And the pre-roll before a segment. */
const KEPT_SILENCE_FRAMES = 20;

export interface TranscriberFallback {
  from: string;
  to: string;
  error: Error;
}

/**
 * Ears with others in reserve: when one fails, at its opening or amid the call, the next hears the segment from its
 * begin.
 * @param transcribers in the order in which they are tried, at least one.
 */
export function createFallbackTranscriber(
  transcribers: readonly [Transcriber, ...Transcriber[]],
  onFallback: (fallback: TranscriberFallback) => void,
): Transcriber {
  return {
    name: transcribers[0].name,
    async open(options) {
      const stream = new FallbackStream(transcribers, options, onFallback);
      await stream.open();
      return stream;
    },
  };
}

class FallbackStream implements TranscriberStream {
  readonly transcripts = new Emitter<Transcript>();
  readonly failed = new Emitter<Error>();
  readonly #reserve: Transcriber[];
  readonly #options: TranscriberOptions;
  readonly #onFallback: (fallback: TranscriberFallback) => void;
  #name = '';
  #stream: TranscriberStream | undefined;
  #unsubscribe: (() => void)[] = [];
  #kept: Int16Array[] = [];
  /** Of the kept audio: silence before speech, speech, or speech that ended and whose final text is due. */
  #phase: 'silence' | 'speech' | 'due' = 'silence';
  #closed = false;

  constructor(
    transcribers: readonly Transcriber[],
    options: TranscriberOptions,
    onFallback: (fallback: TranscriberFallback) => void,
  ) {
    this.#reserve = [...transcribers];
    this.#options = options;
    this.#onFallback = onFallback;
  }

  /** @throws the last one's error when none opens. */
  async open(): Promise<void> {
    for (;;) {
      const transcriber = this.#reserve.shift();
      if (!transcriber) throw new Error('no transcriber is left');
      this.#name = transcriber.name;
      try {
        this.#adopt(await transcriber.open(this.#options));
        return;
      } catch (error) {
        if (this.#options.signal.aborted || !this.#announce(error)) throw error;
      }
    }
  }

  write(frame: Int16Array): void {
    this.#kept.push(frame.slice());
    const most = this.#phase === 'silence' ? KEPT_SILENCE_FRAMES : KEPT_SPEECH_FRAMES;
    if (this.#kept.length > most) this.#kept.shift();
    this.#stream?.write(frame);
  }

  speechStarted(): void {
    this.#phase = 'speech';
    this.#stream?.speechStarted();
  }

  speechEnded(): void {
    this.#phase = 'due';
    this.#stream?.speechEnded();
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #adopt(stream: TranscriberStream): void {
    if (this.#closed) {
      stream.close();
      return;
    }
    this.#stream = stream;
    this.#unsubscribe = [
      stream.transcripts.on((transcript) => {
        if (transcript.isFinal && this.#phase === 'due') this.#settle();
        this.transcripts.emit(transcript);
      }),
      stream.failed.on((error) => void this.#replace(error)),
    ];
    this.#replay(stream);
  }

  #settle(): void {
    this.#phase = 'silence';
    this.#kept = this.#kept.slice(-KEPT_SILENCE_FRAMES);
  }

  /** Tells the next one what the one before it was told and did not answer. */
  #replay(stream: TranscriberStream): void {
    if (this.#phase !== 'silence') stream.speechStarted();
    for (const frame of this.#kept) stream.write(frame);
    if (this.#phase === 'due') stream.speechEnded();
  }

  async #replace(error: Error): Promise<void> {
    this.#drop();
    if (this.#closed) return;
    if (!this.#announce(error)) {
      this.failed.emit(error);
      return;
    }
    try {
      await this.open();
    } catch (last) {
      if (!this.#closed) this.failed.emit(last instanceof Error ? last : new Error(String(last)));
    }
  }

  #announce(error: unknown): boolean {
    const next = this.#reserve[0];
    if (!next) return false;
    const cause = error instanceof Error ? error : new Error(String(error));
    this.#onFallback({ from: this.#name, to: next.name, error: cause });
    return true;
  }

  #drop(): void {
    for (const off of this.#unsubscribe.splice(0)) off();
    this.#stream?.close();
    this.#stream = undefined;
  }
}
