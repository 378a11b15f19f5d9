import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often the loop is asked to come round; the histogram counts this interval in. */
const RESOLUTION_MS = 5;
const NANOSECONDS_PER_MS = 1e6;

export interface EventLoopLag {
  /** How much later than asked the event loop came round. */
  lagP99Ms: number;
  lagMaxMs: number;
}

/** Watches the event loop of this thread. */
export class EventLoopWatch {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  begin(): void {
    this.#histogram.reset();
    this.#histogram.enable();
  }

  end(): EventLoopLag {
    this.#histogram.disable();
    const beyond = (nanoseconds: number) => Math.max(0, nanoseconds / NANOSECONDS_PER_MS - RESOLUTION_MS);
    return { lagP99Ms: beyond(this.#histogram.percentile(99)), lagMaxMs: beyond(this.#histogram.max) };
  }
}
