import type { Clock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import type { TurnDriver } from '../turn/turn-driver.ts';
import { AgentTurn } from './agent-turn.ts';
import type { AgentVoice } from './agent-voice.ts';
import type { CallerHold } from './caller-hold.ts';
import type { DelayWatch } from './delay-watch.ts';
import type { RunningWork } from './running-work.ts';

export interface FloorParts {
  driver: TurnDriver;
  voice: AgentVoice;
  watch: DelayWatch;
  /** Music that the caller waits to; it ends before the agent is heard. */
  callerHold: CallerHold;
  work: RunningWork;
  clock: Clock;
}

/** The agent's turn that is under way, if any, and whether the agent is about to leave the call. */
export class Floor {
  readonly #parts: FloorParts;
  turn: AgentTurn | undefined;
  /** Resolves when it is known what was heard of the turn that was cut last. */
  cutting: Promise<void> = Promise.resolve();
  /** `hanging-up`: when all was heard. `moving`: the caller is on his way to somebody else. */
  leaving: 'no' | 'hanging-up' | 'moving' = 'no';

  constructor(parts: FloorParts) {
    this.#parts = parts;
  }

  /** A turn that no caller's turn came before. @param notBefore instant before which nothing of it may be heard. */
  begin(interruptible: boolean, notBefore = 0): AgentTurn {
    const turn = this.adopt(new AgentTurn(newId(this.#parts.clock.now())), notBefore);
    const open = interruptible && this.leaving === 'no';
    this.#parts.driver.put({ type: 'agent-began', interruptible: open });
    return turn;
  }

  /** @param notBefore instant before which nothing of it may be heard. */
  adopt(turn: AgentTurn, notBefore: number): AgentTurn {
    const { voice, watch, clock } = this.#parts;
    this.turn = turn;
    voice.holdUntil(notBefore);
    this.#takeLine();
    if (this.leaving !== 'moving') watch.began(notBefore - clock.now());
    return turn;
  }

  /** Drops what the agent says and thinks. */
  abandon(at: number): void {
    const { voice, watch, work } = this.#parts;
    const { turn } = this;
    this.turn = undefined;
    watch.ended();
    turn?.abort();
    this.cutting = voice.cut(at);
    work.run(this.cutting);
  }

  /** Whether the caller may take this turn. */
  listen(open: boolean, turn: AgentTurn): void {
    if (this.turn === turn && this.leaving === 'no')
      this.#parts.driver.put({ type: 'agent-began', interruptible: open });
  }

  /** Nothing interrupts what is left to be heard. */
  leave(how: 'hanging-up' | 'moving'): void {
    this.leaving = how;
    if (how === 'moving') {
      this.#parts.watch.ended();
      // Whoever is moved waits as the move says; a hold that was asked for before it ends with it.
      void this.#parts.callerHold.end();
    }
    this.#parts.driver.put({ type: 'agent-began', interruptible: false });
  }

  /** The caller was to be moved and was not. */
  stay(turn: AgentTurn): void {
    const { driver, watch } = this.#parts;
    if (this.leaving !== 'moving') return;
    this.leaving = 'no';
    if (this.turn === turn) watch.began(0);
    // Where another turn came meanwhile or none is left, the floor is the caller's once that is over.
    if (this.turn) driver.put({ type: 'agent-began', interruptible: this.turn === turn });
    else driver.put({ type: 'agent-finished' });
  }

  /** Nothing is left to be said, and others are to end the call: until they do the floor is the caller's. */
  remain(): void {
    this.turn = undefined;
    this.leaving = 'no';
    this.#parts.watch.ended();
    this.#parts.driver.put({ type: 'agent-finished' });
  }

  #takeLine(): void {
    const { callerHold, voice, work } = this.#parts;
    const freed = callerHold.end();
    if (!freed) return;
    voice.pause();
    work.run(freed.then(() => voice.resume()));
  }
}
