import type { Settings } from '../config/settings.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { EventLoopLag } from '../observability/event-loop-lag.ts';
import type { Health } from '../observability/health.ts';
import type { Metrics } from '../observability/metrics.ts';
import { type Errand, WaitingTime } from '../observability/waiting-time.ts';
import { OVERLOAD_STATES } from '../telephony/sip/overload-table.ts';
import { OverloadWatch } from '../telephony/sip/overload-watch.ts';

export interface OverloadParts {
  settings: Settings;
  health: Health;
  metrics: Metrics;
  activeCalls: () => number;
  transactionShare: () => number;
  /** Each of them small, in line with the work of calls at the store and at the disk. */
  storeErrand: Errand;
  diskErrand: Errand;
  logger: Logger;
}

/** Watches the load of this process from now on. @returns the watch, and what ends it. */
export function watchOverload(parts: OverloadParts): { overload: OverloadWatch; stop: () => void } {
  const { settings, health, metrics, activeCalls, transactionShare, storeErrand, diskErrand, logger } = parts;
  const lag = new EventLoopLag();
  const store = new WaitingTime(storeErrand, systemClock);
  const disk = new WaitingTime(diskErrand, systemClock);
  const overload = new OverloadWatch({
    lagMs: () => lag.takeMs(),
    storeMs: () => store.takeMs(),
    diskMs: () => disk.takeMs(),
    activeCalls,
    transactionShare,
    maxCalls: settings.OFFHOOK_MAX_CALLS,
    isDraining: () => health.state !== 'ready',
    clock: systemClock,
  });
  metrics.observeOverload(() => overload.state, OVERLOAD_STATES);
  overload.changed.on((state) => {
    if (state === 'busy' || state === 'shedding')
      logger.warn({ state, activeCalls: activeCalls() }, 'the exchange is overloaded');
    else logger.info({ state }, 'what the exchange takes on has changed');
  });
  lag.start();
  overload.start();
  return {
    overload,
    stop() {
      overload.stop();
      lag.stop();
    },
  };
}
