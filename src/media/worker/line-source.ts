import type { DtmfKey } from '../dtmf/dtmf-sender.ts';
import { FRAME_SAMPLES } from '../media-session.ts';
import { FrameMixer } from '../mixer/frame-mixer.ts';
import type { LiveInput } from '../mixer/live-input.ts';
import type { PlayoutQueue } from './playout-queue.ts';

const silence = new Int16Array(FRAME_SAMPLES);
/** What the line that is at its turn plays, and what one of its parties says. */
const pulled = new Int16Array(FRAME_SAMPLES);
const piece = new Int16Array(FRAME_SAMPLES);

/**
 * What a line is sent: what is played to it, and over it what the parties say who are bridged to it. Keys have their place
 * in what is played; while one sounds, nobody is heard.
 */
export class LineSource {
  /** What all parties said in this frame. */
  readonly joined = new Int16Array(FRAME_SAMPLES);
  readonly #queue: PlayoutQueue;
  readonly #inputs = new Set<LiveInput>();
  /** There are any; looked at for each frame. */
  #hasInputs = false;
  readonly #mixer = new FrameMixer();
  #anyJoined = false;
  /** The present frame was taken from the queue. */
  #isPulled = false;

  constructor(queue: PlayoutQueue) {
    this.#queue = queue;
  }

  /** What was played in this frame, without the parties: silence while a key sounds. It holds until another line's turn. */
  get played(): Int16Array {
    return this.#isPulled ? pulled : silence;
  }

  /** Whether any party was heard in this frame. */
  get hasJoined(): boolean {
    return this.#anyJoined;
  }

  add(input: LiveInput): void {
    this.#inputs.add(input);
    this.#hasInputs = true;
  }

  remove(input: LiveInput): void {
    this.#inputs.delete(input);
    this.#hasInputs = this.#inputs.size > 0;
  }

  /** Takes what the parties say in this frame, whether or not it can be sent: what waits would come late ever after. */
  gather(): void {
    this.#isPulled = false;
    if (!this.#hasInputs && !this.#anyJoined) return;
    this.#mixer.clear();
    this.#anyJoined = false;
    for (const input of this.#inputs) {
      if (!input.pull(piece)) continue;
      this.#mixer.add(piece);
      this.#anyJoined = true;
    }
    this.#mixer.read(this.joined);
  }

  takeKey(): DtmfKey | undefined {
    return this.#queue.takeKey();
  }

  /** Fills `out` with the frame. @returns whether there was any audio in it. */
  pull(out: Int16Array, at: number): boolean {
    const anyPlayed = this.#queue.pull(pulled, at);
    this.#isPulled = true;
    if (!this.#anyJoined) {
      out.set(pulled);
      return anyPlayed;
    }
    this.#mixer.add(pulled);
    this.#mixer.read(out);
    return true;
  }

  settle(at: number): void {
    this.#queue.settle(at);
  }
}
