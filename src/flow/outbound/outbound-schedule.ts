import type { ClaimedOrder, OutboundOrderRepository } from '../../domain/calls/outbound-order-repository.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';

/** How often the store is asked for orders that other processes have taken in, in milliseconds. */
const POLL_MS = 5_000;
/** Orders taken at once: a batch of thousands is dialled as fast as the org may, not as fast as it is read. */
const MAX_CLAIMED = 20;

export interface OutboundScheduleOptions {
  orders: Pick<OutboundOrderRepository, 'claimDue' | 'nextDueAt'>;
  nodeId: string;
  clock: Clock;
  logger: Logger;
  /** Places a call whose time has come. */
  begin(claimed: ClaimedOrder): void;
}

/** Places scheduled calls at their time, each by one process alone. */
export class OutboundSchedule {
  readonly #options: OutboundScheduleOptions;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #isStopped = true;

  constructor(options: OutboundScheduleOptions) {
    this.#options = options;
  }

  /** Places at once what has become due while nothing ran. */
  async start(): Promise<void> {
    this.#isStopped = false;
    await this.wake();
  }

  /** An order is new, or its time has come. */
  wake(): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    this.#options.clock.clearTimeout(this.#timer);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#options.clock.clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { orders, nodeId, clock, logger, begin } = this.#options;
    let nextInMs = POLL_MS;
    try {
      let claimed: ClaimedOrder[];
      do {
        claimed = await orders.claimDue(clock.now(), nodeId, MAX_CLAIMED);
        for (const one of claimed) begin(one);
      } while (claimed.length === MAX_CLAIMED && !this.#isStopped);
      const dueAt = await orders.nextDueAt();
      if (dueAt !== undefined) nextInMs = Math.min(POLL_MS, Math.max(0, dueAt - clock.now()));
    } catch (error) {
      logger.error({ err: error }, 'scheduled calls could not be read; they are tried again');
    }
    if (!this.#isStopped) this.#timer = clock.setTimeout(() => void this.wake(), nextInMs);
  }
}
