import type { TurnLatency } from '../../domain/calls/call.ts';
import type { CommittedTurn } from '../turn/turn-contract.ts';

export type TurnStage = 'transcript' | 'commit' | 'brainFirstToken' | 'voiceFirstAudio' | 'rtpFirstPacket';

/** The instants of one answer. Each stage counts the first time it is met. */
export class TurnMarks {
  readonly #turn: number;
  readonly #speechEndedAt: number;
  readonly #at = new Map<TurnStage, number>();

  constructor(turn: number, speechEndedAt: number) {
    this.#turn = turn;
    this.#speechEndedAt = speechEndedAt;
  }

  /** The marks of an answer to what the caller has just said. */
  static committed(turn: number, said: CommittedTurn, now: number): TurnMarks {
    const marks = new TurnMarks(turn, said.endedAt);
    if (said.transcriptAt !== undefined) marks.mark('transcript', said.transcriptAt);
    marks.mark('commit', now);
    return marks;
  }

  mark(stage: TurnStage, at: number): void {
    if (!this.#at.has(stage)) this.#at.set(stage, at);
  }

  has(stage: TurnStage): boolean {
    return this.#at.has(stage);
  }

  /** In whole milliseconds; the instants of the line are finer. */
  latency(): TurnLatency {
    const latency: TurnLatency = { turn: this.#turn, speechEndedAt: Math.round(this.#speechEndedAt) };
    for (const [stage, at] of this.#at) {
      latency[`${stage}Ms`] = Math.max(0, Math.round(at - this.#speechEndedAt));
    }
    return latency;
  }
}
