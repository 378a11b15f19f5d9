interface Waiter {
  readonly exclusive: boolean;
  readonly start: () => void;
}

/**
 * Order on a connection that single statements share and a transaction needs alone. A single statement starts as soon
 * as no transaction is open; since the connection answers in order, it need not say when it is done. Whoever waits
 * is served first come, first served, so that neither kind starves.
 */
export class TransactionTurns {
  #open = false;
  #waiting: Waiter[] = [];

  /** Calls `start` at once or when the transactions before it have ended. `start` must send before it returns. */
  single(start: () => void): void {
    this.#enter({ exclusive: false, start });
  }

  /** As {@link single}, and from then on nobody else starts until {@link release}. */
  exclusive(start: () => void): void {
    this.#enter({ exclusive: true, start });
  }

  /** Whether the one who has waited longest needs the connection alone. */
  get isExclusiveNext(): boolean {
    return this.#waiting[0]?.exclusive === true;
  }

  release(): void {
    this.#open = false;
    let served = 0;
    while (!this.#open && served < this.#waiting.length) {
      const next = this.#waiting[served] as Waiter;
      served += 1;
      this.#open = next.exclusive;
      next.start();
    }
    this.#waiting.splice(0, served);
  }

  #enter(waiter: Waiter): void {
    if (this.#open || this.#waiting.length > 0) {
      this.#waiting.push(waiter);
      return;
    }
    this.#open = waiter.exclusive;
    waiter.start();
  }
}
