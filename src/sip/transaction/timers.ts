/** Base values of all transaction timers, in milliseconds (RFC 3261 section 17.1.1.1, table 4). */
export interface TimerValues {
  /** Estimate of the round trip. */
  t1Ms: number;
  /** Longest interval between retransmissions of a non-INVITE request or of an INVITE response. */
  t2Ms: number;
  /** Longest time a message stays in the network. */
  t4Ms: number;
}

export const DEFAULT_TIMER_VALUES: TimerValues = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 };

/** Time-outs are this many T1 (RFC 3261 table 4). */
export const TIMEOUT_FACTOR = 64;

/** Timer D on unreliable transports: at least 32 s, whatever T1 is (RFC 3261 section 17.1.1.2), hence 64 * T1 of the default T1. */
const TIMER_D_FACTOR = TIMEOUT_FACTOR;

export type TimerName = 'A' | 'B' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M';

/**
 * How long a timer runs when it is first set.
 * @returns milliseconds; undefined for a retransmission timer that a reliable transport does not need.
 */
export function firstDelayMs(timer: TimerName, values: TimerValues, reliable: boolean): number | undefined {
  switch (timer) {
    case 'A':
    case 'E':
    case 'G':
      return reliable ? undefined : values.t1Ms;
    case 'D':
      return reliable ? 0 : TIMER_D_FACTOR * values.t1Ms;
    case 'I':
    case 'K':
      return reliable ? 0 : values.t4Ms;
    case 'J':
      return reliable ? 0 : TIMEOUT_FACTOR * values.t1Ms;
    case 'B':
    case 'F':
    case 'H':
    case 'L':
    case 'M':
      return TIMEOUT_FACTOR * values.t1Ms;
  }
}

/** The interval after `previousMs` of a retransmission timer: A doubles without end, E and G up to T2. */
export function nextDelayMs(timer: 'A' | 'E' | 'G', previousMs: number, values: TimerValues): number {
  const doubled = previousMs * 2;
  return timer === 'A' ? doubled : Math.min(doubled, values.t2Ms);
}
