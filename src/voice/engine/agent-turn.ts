import type { TurnLatency } from '../../domain/calls/call.ts';
import type { TurnMarks } from './turn-marks.ts';
import type { Utterance } from './utterance.ts';

/** One turn of the agent: what it thinks and says until the caller has the floor again. One signal ends all of it. */
export class AgentTurn {
  /** Stable and unique: customers tell by it which words belong together. */
  readonly id: string;
  /** Where the time went; unset where no caller's speech came before. */
  readonly marks: TurnMarks | undefined;
  /** A tool was run. */
  acted = false;
  /** Words of the agent's own that were heard to their end. */
  spoken = '';
  /** It was brought about by what the agent said itself. */
  triggered = false;
  readonly #abort = new AbortController();
  readonly #utterances: Utterance[] = [];
  #reported = false;

  constructor(id: string, marks?: TurnMarks) {
    this.id = id;
    this.marks = marks;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** It neither said nor did anything. */
  get empty(): boolean {
    return this.#utterances.length === 0 && !this.acted;
  }

  add(utterance: Utterance): void {
    this.#utterances.push(utterance);
  }

  abort(): void {
    this.#abort.abort();
  }

  /** Resolves when all that was said was heard or cut. */
  async heard(): Promise<void> {
    await Promise.all(this.#utterances.map((utterance) => utterance.done));
  }

  /** The latency, once. */
  takeLatency(): TurnLatency | undefined {
    if (this.#reported || !this.marks) return undefined;
    this.#reported = true;
    return this.marks.latency();
  }
}
