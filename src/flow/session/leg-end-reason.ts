import type { EndReason } from '../../domain/calls/end-reason.ts';
import type { Leg, LegEnd } from '../leg.ts';
import { NOT_CONNECTED, unansweredReason } from '../outbound/unanswered-reason.ts';

type Direction = Leg['direction'];

/** What the end of its leg makes of a call. @returns undefined where we ended the leg, and the call has a reason already */
export function legEndReason(direction: Direction, end: LegEnd, wasRinging: boolean): EndReason | undefined {
  const { by, cancelled, outcome, code } = end;
  if (direction === 'outbound') {
    if (outcome !== undefined && outcome !== 'cancelled') return unansweredReason(outcome, code);
    if (by === 'us') return undefined;
    return by === 'peer' ? 'customer-ended-call' : NOT_CONNECTED;
  }
  // A BYE on the heels of the ACK, or before it, comes while the answer is still awaited: the call was answered.
  if (by === 'peer' && !cancelled) return 'customer-ended-call';
  if (!wasRinging)
    return by === 'failure' ? 'call.in-progress.error-sip-inbound-call-failed-to-connect' : undefined;
  if (by === 'us') return undefined;
  return cancelled ? 'call.ringing.sip-inbound-caller-hungup-before-call-connect' : setupFailure(direction);
}

/** A call that could not be set up, for a cause that is nobody's wish. */
export function setupFailure(direction: Direction): EndReason {
  return direction === 'outbound' ? NOT_CONNECTED : 'call.ringing.error-sip-inbound-call-failed-to-connect';
}
