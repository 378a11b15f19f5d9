import assert from 'node:assert/strict';

/** Our aim for one message, in microseconds of CPU of our own thread: the collector has threads beside it. */
const AIM_US = 5_000;
/** The share of messages that may pass it: the collector may run in the middle of any. */
const SHARE_BEYOND = 1 / 10_000;
/** What no message may take, in microseconds of CPU, whatever else this machine does. */
const LIMIT_US = 50_000;

/** Holds many messages to the CPU time that one may take. */
export class CpuBudget {
  #messages = 0;
  #beyond = 0;
  #slowest = 0;

  /** Handles one message. @throws what the work throws, and an AssertionError where it took far too long; both with what it was. */
  spend(work: () => void, describe: () => string): void {
    const startedAt = performance.now();
    const before = process.threadCpuUsage();
    try {
      work();
    } catch (error) {
      throw new Error(`thrown at by ${describe()}`, { cause: error });
    }
    const { user, system } = process.threadCpuUsage(before);
    // The kernel counts by ticks of some milliseconds, and the clock on the wall what others do: it was the lesser of both.
    const spent = Math.min(user + system, Math.round((performance.now() - startedAt) * 1_000));
    this.#messages += 1;
    this.#slowest = Math.max(this.#slowest, spent);
    if (spent > AIM_US) this.#beyond += 1;
    assert.ok(spent <= LIMIT_US, `${spent} us: ${describe()}`);
  }

  /** @throws {AssertionError} where too many took longer than we aim at. */
  assertKept(): void {
    const most = Math.ceil(this.#messages * SHARE_BEYOND);
    assert.ok(this.#beyond <= most, `${this}: more than ${most}`);
  }

  toString(): string {
    return `${this.#beyond} of ${this.#messages} messages beyond ${AIM_US} us of CPU, the slowest ${this.#slowest} us`;
  }
}
