import type { Clock, Timer } from '../../lib/clock.ts';
import type { PlayoutEvent } from '../../media/media-session.ts';
import type { AudioPort } from '../audio-port.ts';
import type { Utterance, UtteranceOutcome } from './utterance.ts';

/** A line that does not answer a clear within this is gone; the call must not wait for it. */
const CLEAR_LIMIT_MS = 1000;

export interface SpeakerListener {
  /** The agent's voice begins or ends on the wire. */
  sounded(status: 'started' | 'stopped', at: number): void;
  /** First packet of an utterance. */
  audible(utterance: Utterance, at: number): void;
  /** Heard, cut or dropped. */
  settled(utterance: Utterance, outcome: UtteranceOutcome): void;
  /** The line takes no audio any more; told once. */
  lineFailed(error: unknown): void;
}

/** The mouth: speaks utterances one after another on the line, pauses, goes on, and knows what was heard. */
export class Speaker {
  readonly #port: AudioPort;
  readonly #clock: Clock;
  readonly #listener: SpeakerListener;
  readonly #queue: Utterance[] = [];
  readonly #unsubscribe: () => void;
  #holdUntil = 0;
  #holdTimer: Timer | undefined;
  #paused = false;
  #sounding = false;
  #drainedAt = 0;
  #clearing: Promise<void> | undefined;
  #closed = false;

  constructor(port: AudioPort, clock: Clock, listener: SpeakerListener) {
    this.#port = port;
    this.#clock = clock;
    this.#listener = listener;
    this.#unsubscribe = port.playout.on((event) => this.#onPlayout(event));
  }

  /** Nothing is being said or waits to be. */
  get idle(): boolean {
    return this.#queue.length === 0;
  }

  enqueue(utterance: Utterance): void {
    this.#queue.push(utterance);
    this.pump();
  }

  /** No utterance begins before `at`; one that sounds goes on. */
  holdUntil(at: number): void {
    this.#holdUntil = at;
    this.pump();
  }

  /** Falls silent at once and keeps the rest. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    const front = this.#queue[0];
    if (front?.begun && !this.#clearing) this.#clear(front);
  }

  /** Goes on, a moment before the place where it fell silent. */
  resume(): void {
    this.#paused = false;
    this.pump();
  }

  /** Drops all that is being said or waits. `at` is when the agent fell silent. Resolves when it is known what was heard. */
  cut(at: number): Promise<void> {
    const dropped = this.#queue.splice(0);
    this.#paused = false;
    this.#clock.clearTimeout(this.#holdTimer);
    for (const utterance of dropped) utterance.stop();
    const front = dropped[0];
    if (front?.begun && !this.#clearing) this.#clear(front);
    return this.settled().then(() => {
      for (const utterance of dropped) this.#listener.settled(utterance, utterance.settle(at, true));
    });
  }

  /** Resolves when no clear is under way. */
  async settled(): Promise<void> {
    while (this.#clearing) await this.#clearing;
  }

  /** Sends what is ready; called whenever audio has come. */
  pump(): void {
    if (this.#closed || this.#paused || this.#clearing) return;
    for (let front = this.#queue[0]; front; front = this.#queue[0]) {
      if (!front.begun && this.#holdBack()) return;
      try {
        front.sendTo((samples) => this.#port.play(samples));
      } catch (error) {
        this.#closed = true;
        this.#listener.lineFailed(error);
        return;
      }
      if (!front.isOver(this.#drainedAt)) return;
      this.#queue.shift();
      this.#listener.settled(front, front.settle(this.#clock.now(), false));
    }
  }

  async close(): Promise<void> {
    await this.cut(this.#clock.now());
    this.#closed = true;
    this.#unsubscribe();
    this.#clock.clearTimeout(this.#holdTimer);
  }

  #holdBack(): boolean {
    const remainingMs = this.#holdUntil - this.#clock.now();
    this.#clock.clearTimeout(this.#holdTimer);
    this.#holdTimer = undefined;
    if (remainingMs <= 0) return false;
    this.#holdTimer = this.#clock.setTimeout(() => this.pump(), remainingMs);
    return true;
  }

  #clear(front: Utterance): void {
    this.#stoppedAt(this.#clock.now());
    const work = this.#clearLine(front).finally(() => {
      if (this.#clearing === work) this.#clearing = undefined;
      this.pump();
    });
    this.#clearing = work;
  }

  async #clearLine(front: Utterance): Promise<void> {
    const startedAt = front.startedAt ?? this.#clock.now();
    const soundedMs = this.#clock.now() - startedAt;
    let timer: Timer | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = this.#clock.setTimeout(() => resolve(undefined), CLEAR_LIMIT_MS);
    });
    const position = await Promise.race([this.#port.clear().catch(() => undefined), late]);
    this.#clock.clearTimeout(timer);
    if (position === undefined) front.cutAfter(soundedMs);
    else front.cutAt(position);
  }

  #onPlayout(event: PlayoutEvent): void {
    if (event.type === 'drained') {
      this.#drainedAt = event.position;
      this.#stoppedAt(event.at);
      this.#finishFront(event.at);
      return;
    }
    const front = this.#queue[0];
    if (!front?.begun) return;
    if (!this.#sounding) {
      this.#sounding = true;
      this.#listener.sounded('started', event.at);
    }
    if (front.startedAt !== undefined) return;
    front.startedAt = event.at;
    this.#listener.audible(front, event.at);
  }

  #finishFront(at: number): void {
    const front = this.#queue[0];
    if (this.#paused || this.#clearing || !front?.isOver(this.#drainedAt)) return;
    this.#queue.shift();
    this.#listener.settled(front, front.settle(at, false));
    this.pump();
  }

  #stoppedAt(at: number): void {
    if (!this.#sounding) return;
    this.#sounding = false;
    this.#listener.sounded('stopped', at);
  }
}
