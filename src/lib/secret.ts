import { inspect } from 'node:util';

const REDACTED = '[secret]';

/** A value that must never reach a log, a reply or an error text: every way of printing it yields a placeholder. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The clear text. Call it only where the value goes onto the wire or into the cipher. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
