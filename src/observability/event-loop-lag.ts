import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often the loop is asked to come round, in milliseconds; the histogram counts this interval in. */
const RESOLUTION_MS = 10;
/** A single long turn is a pause; a loop that is late nine times in ten cannot keep up. */
const PERCENTILE = 90;
const NANOSECONDS_PER_MS = 1e6;

/** How late the event loop of this thread comes round. */
export class EventLoopLag {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.#histogram.enable();
  }

  stop(): void {
    this.#histogram.disable();
  }

  /** The lag since it was last taken, in milliseconds. */
  takeMs(): number {
    // A loop that did not come round at all in that time has counted nothing.
    const isEmpty = this.#histogram.count === 0;
    const lagMs = isEmpty ? 0 : this.#histogram.percentile(PERCENTILE) / NANOSECONDS_PER_MS - RESOLUTION_MS;
    this.#histogram.reset();
    return Math.max(0, lagMs);
  }
}
