import type { BackoffPlan, Server } from '../../domain/server.ts';

/**
 * Waits after the server's own backoffPlan, in milliseconds, for orgs that want it: 5 s to ride out a restart, then up
 * to the 27.6 hours in which somebody notices. The schedule that receivers know from Svix.
 */
export const DURABLE_DELAYS_MS: readonly number[] = [
  5_000,
  5 * 60_000,
  30 * 60_000,
  2 * 3_600_000,
  5 * 3_600_000,
  10 * 3_600_000,
  10 * 3_600_000,
];
/** Largest share that a durable wait is stretched by, so that what failed together does not come back together. */
const JITTER = 0.2;
/** A receiver's Retry-After counts up to an hour: longer, and the order of a call's messages would wait a day for it. */
export const MAX_RETRY_AFTER_MS = 3_600_000;
/** The receiver wants this no more (RFC 9110 section 15.5.11). */
const GONE = 410;

/** What an attempt came to. */
export interface AttemptResult {
  /** HTTP status of the answer; unset where none came. */
  status?: number;
  /** What the answer's Retry-After asks for. */
  retryAfterMs?: number;
}

export type NextStep = { kind: 'done' } | { kind: 'retry'; delayMs: number } | { kind: 'dead' };

export function isSuccess(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

function planDelayMs({ type, baseDelaySeconds = 0 }: Partial<BackoffPlan>, failures: number): number {
  const baseMs = baseDelaySeconds * 1000;
  return type === 'exponential' ? baseMs * 2 ** (failures - 1) : baseMs;
}

/**
 * Decides what follows an attempt: first the retries of the server's backoffPlan, then the durable ones. A status that
 * the plan excludes ends it at once, and so does 410.
 * @param failures failed attempts since the delivery was written or replayed, this one included.
 * @param random 0 to 1.
 */
export function nextStep(
  result: AttemptResult,
  server: Pick<Server, 'backoffPlan'>,
  { failures, durable, random }: { failures: number; durable: boolean; random: number },
): NextStep {
  const { status, retryAfterMs = 0 } = result;
  if (isSuccess(status)) return { kind: 'done' };
  const plan = server.backoffPlan ?? {};
  if (status === GONE) return { kind: 'dead' };
  if (status !== undefined && plan.excludedStatusCodes?.includes(status)) return { kind: 'dead' };
  const planned = Math.floor(plan.maxRetries ?? 0);
  const durableMs = durable ? DURABLE_DELAYS_MS[failures - planned - 1] : undefined;
  if (failures > planned && durableMs === undefined) return { kind: 'dead' };
  const delayMs =
    failures <= planned
      ? planDelayMs(plan, failures)
      : Math.round((durableMs as number) * (1 + JITTER * random));
  return { kind: 'retry', delayMs: Math.max(delayMs, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)) };
}

const SECONDS = /^\d{1,9}$/;

/** The header's value in milliseconds from now: seconds or an HTTP date (RFC 9110 section 10.2.3). */
export function retryAfterMsOf(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (SECONDS.test(text)) return Number(text) * 1000;
  // Date.parse takes many things for a date; an HTTP date begins with a weekday.
  const at = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
