import { pino } from 'pino';
import type { Logger } from '../lib/logger.ts';

/** JSON lines on standard error, so that standard output is free for what people read. */
export function createLogger(level: 'silent' | 'error' | 'warn' | 'info' | 'debug'): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: false }),
  );
}
