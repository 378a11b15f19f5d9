/** One row of a state machine: where it goes and what is done on the way, in that order. */
interface Transition<State extends string, Effect extends string> {
  to: State;
  effects: readonly Effect[];
}

/** A state machine as data: rows by (state, input). An input without a row leaves the machine as it is. */
export type MachineTable<State extends string, Input extends string, Effect extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Input, Transition<State, Effect>>>>>
>;

/**
 * Runs a table: keeps the state and has the effects of each row performed. An input that comes while effects are being
 * performed (a send that fails at once) waits until they are done.
 */
export class Machine<State extends string, Input extends string, Effect extends string> {
  readonly #table: MachineTable<State, Input, Effect>;
  readonly #perform: (effect: Effect) => void;
  /** Made when an input has to wait, which is rare; transactions are many. */
  #waiting: Input[] | undefined;
  #state: State;
  #isPerforming = false;

  constructor(table: MachineTable<State, Input, Effect>, initial: State, perform: (effect: Effect) => void) {
    this.#table = table;
    this.#state = initial;
    this.#perform = perform;
  }

  get state(): State {
    return this.#state;
  }

  /** Whether the present state has a row for this input. */
  accepts(input: Input): boolean {
    return this.#table[this.#state]?.[input] !== undefined;
  }

  take(input: Input): void {
    if (this.#isPerforming) {
      this.#waiting ??= [];
      this.#waiting.push(input);
      return;
    }
    this.#isPerforming = true;
    try {
      for (let next: Input | undefined = input; next !== undefined; next = this.#waiting?.shift())
        this.#step(next);
    } finally {
      this.#isPerforming = false;
    }
  }

  #step(input: Input): void {
    const row = this.#table[this.#state]?.[input];
    if (!row) return;
    this.#state = row.to;
    for (const effect of row.effects) this.#perform(effect);
  }
}
