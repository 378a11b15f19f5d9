import type { EndpointHealth } from '../../domain/deliveries/delivery-repository.ts';

/** Failures in a row before an endpoint is left alone: fewer may be the messages of one call. */
export const FAILURES_BEFORE_PAUSE = 20;
/** Time over which they must stretch: a restart of the customer's server is over by then. */
export const FAILING_BEFORE_PAUSE_MS = 60 * 60_000;
/** The first pause; each further one is twice as long. */
export const FIRST_PAUSE_MS = 15 * 60_000;
/** The longest pause: a server that was mended overnight is found again the same morning. */
export const LONGEST_PAUSE_MS = 6 * 3_600_000;
/** A success is noted so often while nothing fails, to spare the store a write per delivery. */
const SUCCESS_NOTED_EVERY_MS = 60_000;
/** Characters of an error that are kept. */
const MAX_ERROR_LENGTH = 300;

/** One attempt as an endpoint's health sees it. */
export interface HealthInput {
  /** When it ended. */
  at: number;
  success: boolean;
  error?: string | undefined;
}

/** What an attempt makes of its endpoint's health; the same object where nothing worth noting changed. */
export function endpointHealth(current: EndpointHealth, { at, success, error }: HealthInput): EndpointHealth {
  if (success) return afterSuccess(current, at);
  const consecutiveFailures = current.consecutiveFailures + 1;
  const firstFailureAt = current.firstFailureAt ?? at;
  const failed: EndpointHealth = {
    ...current,
    consecutiveFailures,
    firstFailureAt,
    ...(error !== undefined && { lastError: error.slice(0, MAX_ERROR_LENGTH) }),
  };
  // What was under way when the pause began does not lengthen it.
  const isPaused = current.pausedUntil !== undefined && at < current.pausedUntil;
  const isDead =
    consecutiveFailures >= FAILURES_BEFORE_PAUSE && at - firstFailureAt >= FAILING_BEFORE_PAUSE_MS;
  if (isPaused || !isDead) return failed;
  const pauses = current.pauses ?? 0;
  return {
    ...failed,
    pauses: pauses + 1,
    pausedUntil: at + Math.min(FIRST_PAUSE_MS * 2 ** pauses, LONGEST_PAUSE_MS),
  };
}

function afterSuccess(current: EndpointHealth, at: number): EndpointHealth {
  const { orgId, url, consecutiveFailures, lastSuccessAt } = current;
  const isKnown = lastSuccessAt !== undefined && at - lastSuccessAt < SUCCESS_NOTED_EVERY_MS;
  return consecutiveFailures === 0 && isKnown
    ? current
    : { orgId, url, consecutiveFailures: 0, lastSuccessAt: at };
}
