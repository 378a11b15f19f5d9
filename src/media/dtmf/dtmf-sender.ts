/** How long a key is held where the caller does not say: well above the 40 ms that ITU-T Q.24 asks of receivers. */
export const DTMF_DURATION_MS = 100;
/** Pause between keys: the end of an event is told three times in it, and Q.24 asks for 40 ms. */
export const DTMF_GAP_MS = 100;
const FRAME_MS = 20;
/** The final packet is sent three times (RFC 4733 section 2.5.1.4). */
const END_PACKETS = 3;
/** Longest event of one segment, in units of its clock: what its duration field holds, 8.19 s at 8000. */
const MAX_DURATION = 0xffff;
const DEFAULT_TICKS_PER_FRAME = 160;

export interface DtmfKey {
  code: number;
  durationMs: number;
  gapMs: number;
}

/** The course of one key over the frames of 20 ms. Each {@link DtmfSender.step} says what that frame carries. */
export class DtmfSender {
  code = 0;
  /** Of the event so far, in frames. */
  duration = 0;
  /** The packet to be sent is one of the three last. */
  end = false;
  /** The packet to be sent is the first. */
  first = false;
  #frames = 0;
  #gap = 0;
  #step = 0;
  #active = false;
  #maxFrames = Math.floor(MAX_DURATION / DEFAULT_TICKS_PER_FRAME);

  get isActive(): boolean {
    return this.#active;
  }

  /** Sets how many units of the events' clock a frame has; a key that is down already keeps its length. */
  configure(ticksPerFrame: number): void {
    this.#maxFrames = Math.floor(MAX_DURATION / ticksPerFrame);
  }

  start(key: DtmfKey): void {
    this.code = key.code;
    this.#frames = Math.min(this.#maxFrames, Math.max(2, Math.round(key.durationMs / FRAME_MS)));
    this.#gap = Math.max(END_PACKETS, Math.round(key.gapMs / FRAME_MS));
    this.#step = 0;
    this.#active = true;
  }

  /** @returns whether the key is down in this frame, only its end is repeated, or it is the pause. */
  step(): 'down' | 'released' | 'gap' {
    this.first = this.#step === 0;
    this.#step += 1;
    this.duration = Math.min(this.#step, this.#frames);
    this.end = this.#step >= this.#frames;
    if (this.#step >= this.#frames + this.#gap) this.#active = false;
    if (this.#step <= this.#frames) return 'down';
    return this.#step < this.#frames + END_PACKETS ? 'released' : 'gap';
  }
}
