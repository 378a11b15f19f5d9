import type { OverloadInput, OverloadState } from './overload-table.ts';

export type LoadLevel = Extract<OverloadInput, 'calm' | 'strained' | 'overloaded'>;

/** What was measured since the last sample. */
export interface LoadSignals {
  /** How much later than asked the event loop came round, for nine in ten times, in milliseconds. */
  lagMs: number;
  /** How long work waited for the store, and for the disk, in milliseconds. */
  storeMs: number;
  diskMs: number;
  activeCalls: number;
  /** Part of the SIP transactions that we keep at most, from 0 to 1. */
  transactionShare: number;
}

/** Where a state begins, and below what it ends: in between nothing changes, so that it does not flutter. */
interface Threshold {
  enter: number;
  leave: number;
}

interface Thresholds {
  busy: Threshold;
  shedding: Threshold;
}

/**
 * In milliseconds. A response is due within 200 ms (RFC 3261 section 17.2.1), and at 500 ms every request comes again and makes
 * it worse: shedding begins between the two, and calls of our own stop well before.
 */
const LAG_MS: Thresholds = { busy: { enter: 120, leave: 60 }, shedding: { enter: 300, leave: 150 } };
/**
 * In milliseconds. Each INVITE asks the store some times before anything rings. Our 100 keeps it from coming again, so a second
 * is heard by the caller and fails no call; beyond that the wait only grows.
 */
const STORE_MS: Thresholds = { busy: { enter: 400, leave: 200 }, shedding: { enter: 1_000, leave: 400 } };
/** In milliseconds. A recording has room for 16 s, and breaks beyond. */
const DISK_MS: Thresholds = {
  busy: { enter: 2_000, leave: 1_000 },
  shedding: { enter: 4_000, leave: 2_000 },
};
/** Of the calls that the owner allows at a time. None of them is shed: the limit itself is kept call by call. */
const CALL_SHARE: Thresholds = {
  busy: { enter: 0.9, leave: 0.8 },
  shedding: { enter: Number.POSITIVE_INFINITY, leave: Number.POSITIVE_INFINITY },
};
/** The stack sheds by itself at 1; before that its tables hold what nobody waits for any more. */
const TRANSACTION_SHARE: Thresholds = {
  busy: { enter: 0.75, leave: 0.6 },
  shedding: { enter: 0.9, leave: 0.75 },
};

/** How loaded the exchange is, by the worst of its signals. @param maxCalls undefined: as many as come */
export function loadLevel(
  signals: LoadSignals,
  state: OverloadState,
  maxCalls: number | undefined,
): LoadLevel {
  const measured: [value: number, thresholds: Thresholds][] = [
    [signals.lagMs, LAG_MS],
    [signals.storeMs, STORE_MS],
    [signals.diskMs, DISK_MS],
    [signals.transactionShare, TRANSACTION_SHARE],
  ];
  if (maxCalls !== undefined) measured.push([signals.activeCalls / maxCalls, CALL_SHARE]);
  const isShedding = state === 'shedding';
  const isBusy = isShedding || state === 'busy';
  const isPast = (name: 'busy' | 'shedding', isIn: boolean) =>
    measured.some(
      ([
        value,
        {
          [name]: { enter, leave },
        },
      ]) => value >= (isIn ? leave : enter),
    );
  if (isPast('shedding', isShedding)) return 'overloaded';
  return isPast('busy', isBusy) ? 'strained' : 'calm';
}
