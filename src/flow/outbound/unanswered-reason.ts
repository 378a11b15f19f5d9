import type { TransferOutcome } from '../../domain/calls/call.ts';
import type { EndReason } from '../../domain/calls/end-reason.ts';

/** A call that did not reach anybody, for causes that have no name of their own. */
export const NOT_CONNECTED = 'call.in-progress.error-sip-outbound-call-failed-to-connect' satisfies EndReason;

/** Final statuses that the vendor's list names one by one; they say more than whether somebody was there. */
const BY_STATUS = new Map<number, EndReason>([
  [403, 'call.in-progress.error-providerfault-outbound-sip-403-forbidden'],
  [407, 'call.in-progress.error-providerfault-outbound-sip-407-proxy-authentication-required'],
  [408, 'call.in-progress.error-providerfault-outbound-sip-408-request-timeout'],
  [480, 'call.in-progress.error-providerfault-outbound-sip-480-temporarily-unavailable'],
  [503, 'call.in-progress.error-providerfault-outbound-sip-503-service-unavailable'],
]);

const BY_OUTCOME: Readonly<Record<TransferOutcome, EndReason>> = {
  connected: 'customer-ended-call',
  busy: 'customer-busy',
  'no-answer': 'customer-did-not-answer',
  // Somebody pressed the button that declines; a network that forbids the call has a status of its own.
  rejected: 'customer-did-not-answer',
  unreachable: NOT_CONNECTED,
  refused: 'call.start.error-fraud-check-failed',
  voicemail: 'voicemail',
  'cancelled-by-caller': 'manually-canceled',
  cancelled: 'manually-canceled',
  failed: NOT_CONNECTED,
};

/**
 * Why a call that we placed was never answered.
 * @param outcome unset: the far end took it and left at once @param status the final SIP status, where one came
 */
export function unansweredReason(outcome: TransferOutcome = 'connected', status?: number): EndReason {
  return (status === undefined ? undefined : BY_STATUS.get(status)) ?? BY_OUTCOME[outcome];
}
