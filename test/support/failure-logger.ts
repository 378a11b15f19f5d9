import type { Logger } from '../../src/lib/logger.ts';

/** A logger that keeps what is logged as an error: in a test of hostile input there is to be none. */
export function failureLogger(): { logger: Logger; failures: unknown[] } {
  const failures: unknown[] = [];
  const logger: Logger = {
    debug() {},
    info() {},
    warn() {},
    error: (fields: object) => void failures.push(fields),
    child: () => logger,
  };
  return { logger, failures };
}
