import type { Clock, Timer } from '../../lib/clock.ts';

/** Time between two frames of one session. */
export const FRAME_MS = 20;
/** Sessions are spread over this many points of a frame's time, so that their packets do not leave in one burst. */
const PHASES = 10;
const STEP_MS = FRAME_MS / PHASES;
/** After a stall no session sends more than two packets at once; what is older is left out. */
const MAX_CATCH_UP_STEPS = 2 * PHASES;

export interface Tickable {
  /**
   * A frame is due: takes what was received. All sessions of one phase do this before the first of them ticks, so that
   * those that are bridged hear each other without waiting.
   */
  hear(nowMs: number): void;
  /** The frame is to be sent. `lateMs` is how far behind the schedule it is. */
  tick(nowMs: number, lateMs: number): void;
  /** So many frames were left out after a stall. */
  skip(frames: number): void;
}

/** One absolute schedule for all sessions of a worker; it stands still while there are none. */
export class Ticker {
  readonly #clock: Clock;
  readonly #stepped: (nowMs: number) => void;
  readonly #phases: Set<Tickable>[] = Array.from({ length: PHASES }, () => new Set());
  #size = 0;
  #origin = 0;
  #step = 0;
  #timer: Timer | undefined;

  /** @param stepped called after each step that had a session in it */
  constructor(clock: Clock, stepped: (nowMs: number) => void) {
    this.#clock = clock;
    this.#stepped = stepped;
  }

  /** Puts a session into the phase that has the fewest. */
  add(session: Tickable): void {
    let least = this.#phases[0] as Set<Tickable>;
    for (const phase of this.#phases) if (phase.size < least.size) least = phase;
    least.add(session);
    this.#size += 1;
    if (this.#timer) return;
    this.#origin = this.#clock.monotonic();
    this.#step = 0;
    this.#schedule();
  }

  /** Moves a session into the phase of another, once late or early by less than a frame. Both must have been added. */
  align(session: Tickable, leader: Tickable): void {
    const phase = this.#phases.find((members) => members.has(leader));
    if (!phase || phase.has(session) || !this.#phases.some((members) => members.delete(session))) return;
    phase.add(session);
  }

  remove(session: Tickable): void {
    for (const phase of this.#phases) if (phase.delete(session)) this.#size -= 1;
    if (this.#size > 0) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    const due = this.#origin + this.#step * STEP_MS - this.#clock.monotonic();
    // Timers have whole milliseconds and truncate: rounded up, or each step would wake twice.
    this.#timer = this.#clock.setTimeout(() => this.#run(), Math.max(1, Math.ceil(due)));
  }

  #run(): void {
    this.#leaveOut();
    while (this.#size > 0) {
      const due = this.#origin + this.#step * STEP_MS;
      const now = this.#clock.monotonic();
      if (due > now) break;
      const phase = this.#phases[this.#step % PHASES] as Set<Tickable>;
      this.#step += 1;
      if (phase.size === 0) continue;
      for (const session of phase) session.hear(now);
      for (const session of phase) session.tick(now, now - due);
      this.#stepped(now);
    }
    if (this.#size > 0) this.#schedule();
  }

  /** Drops whole frames of an overlong stall, the same number for each session. */
  #leaveOut(): void {
    const behind = Math.floor((this.#clock.monotonic() - this.#origin) / STEP_MS) - this.#step + 1;
    if (behind <= MAX_CATCH_UP_STEPS) return;
    const frames = Math.ceil((behind - MAX_CATCH_UP_STEPS) / PHASES);
    this.#step += frames * PHASES;
    for (const phase of this.#phases) for (const session of phase) session.skip(frames);
  }
}
