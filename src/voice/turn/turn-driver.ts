import type { Clock, Timer } from '../../lib/clock.ts';
import {
  INITIAL_TURN_STATE,
  type TurnEffect,
  type TurnEventInput,
  type TurnInput,
  type TurnState,
  type TurnTimer,
} from './turn-contract.ts';
import type { TurnPlan } from './turn-plan.ts';
import { reduceTurn } from './turn-policy.ts';

/** What the policy decides for others to do; timers stay inside. */
export type TurnDecision = Exclude<TurnEffect, { type: 'set-timer' | 'clear-timer' }>;

/** Runs the turn policy on a clock: holds its state and its timers, hands out its decisions. */
export class TurnDriver {
  readonly #plan: TurnPlan;
  readonly #clock: Clock;
  readonly #decide: (decision: TurnDecision) => void;
  readonly #timers = new Map<TurnTimer, Timer>();
  readonly #inputs: TurnInput[] = [];
  #state = INITIAL_TURN_STATE;
  #running = false;
  #closed = false;

  constructor(plan: TurnPlan, clock: Clock, decide: (decision: TurnDecision) => void) {
    this.#plan = plan;
    this.#clock = clock;
    this.#decide = decide;
  }

  get state(): Readonly<TurnState> {
    return this.#state;
  }

  /** Takes an input. One that comes while a decision is carried out waits until all decisions before it are. */
  put(input: TurnEventInput): void {
    if (this.#closed) return;
    this.#inputs.push({ ...input, now: this.#clock.now() });
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#inputs.shift(); next; next = this.#inputs.shift()) this.#reduce(next);
    } finally {
      this.#running = false;
    }
  }

  close(): void {
    this.#closed = true;
    this.#inputs.length = 0;
    for (const timer of this.#timers.values()) this.#clock.clearTimeout(timer);
    this.#timers.clear();
  }

  #reduce(input: TurnInput): void {
    const { state, effects } = reduceTurn(this.#state, input, this.#plan);
    this.#state = state;
    for (const effect of effects) {
      if (this.#closed) return;
      if (effect.type === 'set-timer') this.#setTimer(effect.timer, effect.delayMs);
      else if (effect.type === 'clear-timer') this.#clearTimer(effect.timer);
      else this.#decide(effect);
    }
  }

  #setTimer(name: TurnTimer, delayMs: number): void {
    this.#clearTimer(name);
    const fire = () => {
      this.#timers.delete(name);
      this.put({ type: 'timer-fired', timer: name });
    };
    this.#timers.set(name, this.#clock.setTimeout(fire, delayMs));
  }

  #clearTimer(name: TurnTimer): void {
    this.#clock.clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}
