import type { Agent } from '../../domain/agents/agent.ts';
import { effectiveKeypadPlan, KEYPAD_DEFAULTS } from '../../domain/agents/agent-defaults.ts';
import type { CallMessage } from '../../domain/calls/call.ts';
import type { Clock, Timer } from '../../lib/clock.ts';

/** Keys of one entry: longer than any number that people key in; what goes on is the next entry. */
const MOST_KEYS = 64;

export interface KeypadListener {
  /** An entry is complete, for the record. */
  entered(message: CallMessage): void;
  /** The agent's plan lets the brain read it. */
  forBrain(digits: string): void;
}

/**
 * Joins keys to entries: those pressed within the plan's time of each other, up to a delimiter of the plan. A plan
 * with a time of 0 takes each key by itself, or waits for the delimiter where it names one (vendor's keypadInputPlan).
 */
export class Keypad {
  readonly #clock: Clock;
  readonly #listener: KeypadListener;
  readonly #enabled: boolean;
  readonly #delimiters: string;
  readonly #timeoutMs: number;
  #keys: { digit: string; at: number }[] = [];
  #timer: Timer | undefined;

  constructor(agent: Agent, clock: Clock, listener: KeypadListener) {
    const plan = effectiveKeypadPlan(agent);
    this.#clock = clock;
    this.#listener = listener;
    this.#enabled = plan.enabled;
    this.#delimiters = plan.enabled ? plan.delimiters : '';
    this.#timeoutMs = (plan.enabled ? plan.timeoutSeconds : KEYPAD_DEFAULTS.timeoutSeconds) * 1000;
  }

  press(digit: string, at: number): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const delimits = this.#delimiters.includes(digit);
    if (!delimits || this.#keys.length === 0) this.#keys.push({ digit, at });
    if (delimits || this.#keys.length >= MOST_KEYS) this.#complete();
    else if (this.#timeoutMs > 0)
      this.#timer = this.#clock.setTimeout(() => this.#complete(), this.#timeoutMs);
    else if (this.#delimiters === '') this.#complete();
  }

  /** Ends; keys that were pressed are recorded but reach no brain. */
  close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#record();
  }

  #complete(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const digits = this.#record();
    if (this.#enabled && digits !== '') this.#listener.forBrain(digits);
  }

  #record(): string {
    const [first, last] = [this.#keys[0], this.#keys.at(-1)];
    if (!first || !last) return '';
    const digits = this.#keys.map((key) => key.digit).join('');
    this.#keys = [];
    this.#listener.entered({
      role: 'user',
      message: digits,
      startedAt: first.at,
      endedAt: last.at,
      inputMode: 'dtmf',
    });
    return digits;
  }
}
