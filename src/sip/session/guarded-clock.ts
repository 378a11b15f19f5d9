import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';

/** A clock whose timers cannot bring the process down: what a callback throws is logged. */
export function guardedClock(clock: Clock, logger: Logger): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimeout: (callback, delayMs) =>
      clock.setTimeout(() => {
        try {
          callback();
        } catch (error) {
          logger.error({ err: error }, 'SIP timer failed');
        }
      }, delayMs),
    clearTimeout: (timer) => clock.clearTimeout(timer),
  };
}
