import type { Clock } from '../../lib/clock.ts';
import { SAMPLE_RATE_HZ } from '../../media/media-session.ts';
import type { SynthesisOptions, Synthesizer } from '../tts/contract.ts';
import { heardText } from './heard-text.ts';
import { readWithin } from './read-within.ts';
import { TextFeed } from './text-feed.ts';

/** A voice that was given its whole text and is silent for so long has hung. */
const VOICE_IDLE_MS = 10_000;
/** After a pause the word under the cut is said again. */
const REWIND_SAMPLES = 0.3 * SAMPLE_RATE_HZ;

/** What became of an utterance. */
export interface UtteranceOutcome {
  /** The text that the caller has heard. */
  heard: string;
  /** All of it was heard. */
  complete: boolean;
  /** First packet; unset when nothing was heard. */
  startedAt?: number;
  endedAt: number;
}

export interface UtteranceListener {
  /** Audio has come, or no more will come. */
  progressed(): void;
  failed(error: Error): void;
}

/** A piece of audio as it stands in the line's queue. */
interface Segment {
  /** Position on the line. */
  start: number;
  /** Offset in the utterance. */
  offset: number;
  length: number;
}

/**
 * One thing that the agent says: text that may still grow, its audio as far as the voice has made it, and how much of
 * that was handed to the line. The voice begins at once, also while another utterance is still being heard.
 */
export class Utterance {
  /** Resolves when it was heard, cut or dropped. */
  readonly done: Promise<UtteranceOutcome>;
  startedAt: number | undefined;
  firstAudioAt: number | undefined;
  readonly #feed = new TextFeed();
  readonly #abort = new AbortController();
  readonly #speed: number;
  readonly #chunks: Int16Array[] = [];
  #text = '';
  #samples = 0;
  #voice: 'speaking' | 'finished' | 'failed' = 'speaking';
  #segments: Segment[] = [];
  /** Samples that were handed to the line. */
  #sent = 0;
  /** Samples known to be heard, from cuts. */
  #heard = 0;
  #endPosition = 0;
  #stopped = false;
  /** Audio of it lies in the line's queue. */
  #begun = false;
  #settle: (outcome: UtteranceOutcome) => void = () => undefined;

  constructor(
    synthesizer: Synthesizer,
    options: Omit<SynthesisOptions, 'signal'>,
    clock: Clock,
    listener: UtteranceListener,
  ) {
    this.#speed = options.speed;
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
    void this.#synthesize(synthesizer, options, clock, listener);
  }

  get text(): string {
    return this.#text;
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** It was cut or dropped. */
  get stopped(): boolean {
    return this.#stopped;
  }

  add(text: string): void {
    this.#text += text;
    this.#feed.push(text);
  }

  endText(): void {
    this.#feed.end();
  }

  /** Hands all audio that is ready and was not handed over yet to `play`. */
  sendTo(play: (samples: Int16Array) => number): void {
    let offset = 0;
    for (const chunk of this.#chunks) {
      const from = Math.max(0, this.#sent - offset);
      offset += chunk.length;
      if (from >= chunk.length) continue;
      const samples = from === 0 ? chunk : chunk.subarray(from);
      this.#begun = true;
      this.#endPosition = play(samples);
      this.#segments.push({
        start: this.#endPosition - samples.length,
        offset: this.#sent,
        length: samples.length,
      });
      this.#sent += samples.length;
    }
  }

  /** @param drainedAt position up to which the line has sent everything. */
  isOver(drainedAt: number): boolean {
    if (this.#voice === 'speaking' || this.#sent < this.#samples) return false;
    return this.#samples === 0 || (this.begun && drainedAt >= this.#endPosition);
  }

  /** The line dropped what lay behind `position`. */
  cutAt(position: number): void {
    let heard = 0;
    for (const { start, offset, length } of this.#segments) {
      if (position > start) heard = Math.max(heard, offset + Math.min(length, position - start));
    }
    this.#takeBack(heard);
  }

  /** The line cannot tell what it dropped: the time since the first packet stands in. */
  cutAfter(soundedMs: number): void {
    this.#takeBack(Math.min(this.#sent, Math.round((soundedMs / 1000) * SAMPLE_RATE_HZ)));
  }

  #takeBack(heard: number): void {
    this.#heard = Math.max(this.#heard, heard);
    this.#segments = [];
    this.#begun = false;
    this.#sent = Math.max(0, Math.round(this.#heard - REWIND_SAMPLES));
  }

  /** No more is said: stops the voice. What was heard stays to be settled. */
  stop(): void {
    this.#stopped = true;
    this.#feed.end();
    this.#abort.abort();
  }

  /** @param at when its last sound left, or when it was dropped. @param cut the caller did not hear all. */
  settle(at: number, cut: boolean): UtteranceOutcome {
    const known = this.#voice === 'finished';
    const heard = heardText({
      text: this.#text,
      heardSamples: cut ? this.#heard : this.#samples,
      speed: this.#speed,
      ...(known ? { totalSamples: this.#samples } : {}),
    });
    const outcome: UtteranceOutcome = {
      heard,
      complete: !cut && known,
      endedAt: at,
      ...(this.startedAt === undefined ? {} : { startedAt: this.startedAt }),
    };
    this.#settle(outcome);
    return outcome;
  }

  async #synthesize(
    synthesizer: Synthesizer,
    options: Omit<SynthesisOptions, 'signal'>,
    clock: Clock,
    listener: UtteranceListener,
  ): Promise<void> {
    const { signal } = this.#abort;
    const limits = {
      clock,
      signal,
      idleMs: VOICE_IDLE_MS,
      counts: () => this.#feed.ended,
      what: 'the voice',
    };
    try {
      for await (const chunk of readWithin(synthesizer.speak(this.#feed, { ...options, signal }), limits)) {
        if (chunk.length === 0) continue;
        this.firstAudioAt ??= clock.now();
        this.#chunks.push(chunk);
        this.#samples += chunk.length;
        listener.progressed();
      }
      if (signal.aborted) return;
      this.#voice = 'finished';
      if (this.#samples === 0 && this.#text.trim() !== '') throw new Error('the voice made no sound');
    } catch (error) {
      if (signal.aborted) return;
      this.#voice = 'failed';
      this.#abort.abort();
      listener.failed(error instanceof Error ? error : new Error(String(error)));
    }
    listener.progressed();
  }
}
