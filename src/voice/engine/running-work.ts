/** Work that nobody awaits while it runs; who ends waits for all of it. */
export class RunningWork {
  readonly #running = new Set<Promise<void>>();
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  run(work: Promise<void>): void {
    const tracked = work.catch((error: unknown) => this.#failed(error));
    this.#running.add(tracked);
    void tracked.finally(() => this.#running.delete(tracked));
  }

  /** Resolves when all that was begun so far is over; never rejects. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}
