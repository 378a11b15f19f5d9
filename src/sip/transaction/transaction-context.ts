import type { Clock } from '../../lib/clock.ts';
import type { Source } from '../session/session.ts';
import type { TimerValues } from './timers.ts';

/** What transactions need of the layer below and of time. */
export interface TransactionContext {
  readonly clock: Clock;
  readonly timers: TimerValues;
  /** `onError` is called at most once. */
  send(bytes: Uint8Array, destination: Source, onError: (error: Error) => void): void;
  hasConnection(peer: Source): boolean;
}

/** Whether the transport keeps messages from getting lost. */
export function isReliable(destination: Source): boolean {
  return destination.protocol !== 'udp';
}
