import type { DtmfKey } from '../dtmf/dtmf-sender.ts';
import { FRAME_SAMPLES } from '../media-session.ts';
import { FrameMixer } from '../mixer/frame-mixer.ts';
import type { LiveInput } from '../mixer/live-input.ts';
import type { PlayoutQueue } from './playout-queue.ts';

/**
 * What a line is sent: what is played to it, and over it what the parties say who are bridged to it. Keys have their place
 * in what is played; while one sounds, nobody is heard.
 */
export class LineSource {
  /** What was played in this frame, without the parties. */
  readonly played = new Int16Array(FRAME_SAMPLES);
  /** What all parties said in this frame. */
  readonly joined = new Int16Array(FRAME_SAMPLES);
  readonly #queue: PlayoutQueue;
  readonly #inputs = new Set<LiveInput>();
  readonly #mixer = new FrameMixer();
  readonly #piece = new Int16Array(FRAME_SAMPLES);
  #anyJoined = false;
  #anyPlayed = false;

  constructor(queue: PlayoutQueue) {
    this.#queue = queue;
  }

  /** Whether any party was heard in this frame. */
  get hasJoined(): boolean {
    return this.#anyJoined;
  }

  add(input: LiveInput): void {
    this.#inputs.add(input);
  }

  remove(input: LiveInput): void {
    this.#inputs.delete(input);
  }

  /** Takes what the parties say in this frame, whether or not it can be sent: what waits would come late ever after. */
  gather(): void {
    if (this.#anyPlayed) this.played.fill(0);
    this.#anyPlayed = false;
    if (this.#inputs.size === 0 && !this.#anyJoined) return;
    this.#mixer.clear();
    this.#anyJoined = false;
    for (const input of this.#inputs) {
      if (!input.pull(this.#piece)) continue;
      this.#mixer.add(this.#piece);
      this.#anyJoined = true;
    }
    this.#mixer.read(this.joined);
  }

  takeKey(): DtmfKey | undefined {
    return this.#queue.takeKey();
  }

  /** Fills `out` with the frame. @returns whether there was any audio in it. */
  pull(out: Int16Array, at: number): boolean {
    this.#anyPlayed = this.#queue.pull(this.played, at);
    if (!this.#anyJoined) {
      out.set(this.played);
      return this.#anyPlayed;
    }
    this.#mixer.add(this.played);
    this.#mixer.read(out);
    return true;
  }

  settle(at: number): void {
    this.#queue.settle(at);
  }
}
