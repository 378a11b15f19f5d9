/** `unknown`: not asked, or not answered for long enough to say. */
export type GatewayState = 'unknown' | 'up' | 'down';
export type PingOutcome = 'answered' | 'failed';

/** OPTIONS that must fail one after the other before a gateway counts as down: one datagram may get lost. */
export const FAILURES_UNTIL_DOWN = 2;

/** What the OPTIONS of a gateway have shown so far. */
export interface GatewayHealth {
  readonly state: GatewayState;
  /** Failures since the last answer. */
  readonly failures: number;
  /** Since when it has been in this state, in milliseconds since the epoch. */
  readonly since: number;
  /** SIP status of the last answer, a 503 among them; undefined where there was none. */
  readonly lastStatus?: number;
  /** What went wrong the last time, in words for the owner. */
  readonly lastError?: string;
  readonly checkedAt?: number;
}

/** "Service Unavailable": the gateway is there, and takes no calls. */
const UNAVAILABLE = 503;

export function freshHealth(now: number): GatewayHealth {
  return { state: 'unknown', failures: 0, since: now };
}

/** Any final response shows a gateway that lives, a refusal too; 503 and silence do not. */
export function outcomeOf(status: number | undefined): PingOutcome {
  return status === undefined || status === UNAVAILABLE ? 'failed' : 'answered';
}

const NEXT: Readonly<Record<GatewayState, Readonly<Record<PingOutcome | 'failed-again', GatewayState>>>> = {
  unknown: { answered: 'up', failed: 'unknown', 'failed-again': 'down' },
  up: { answered: 'up', failed: 'up', 'failed-again': 'down' },
  down: { answered: 'up', failed: 'down', 'failed-again': 'down' },
};

/** The health after one more OPTIONS. `error` says what was met where `status` does not. */
export function healthAfter(
  health: GatewayHealth,
  { status, error }: { status?: number | undefined; error?: string | undefined },
  now: number,
): GatewayHealth {
  const outcome = outcomeOf(status);
  const failures = outcome === 'failed' ? health.failures + 1 : 0;
  const isAgain = outcome === 'failed' && failures >= FAILURES_UNTIL_DOWN;
  const state = NEXT[health.state][isAgain ? 'failed-again' : outcome];
  return {
    state,
    failures,
    since: state === health.state ? health.since : now,
    checkedAt: now,
    ...(status !== undefined && { lastStatus: status }),
    ...(error !== undefined && { lastError: error }),
  };
}
