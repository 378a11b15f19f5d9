import type { TransferOutcome } from '../../domain/calls/call.ts';
import { DialError } from '../../flow/dialer.ts';
import type { SipRejection } from '../../sip/session/session.ts';

/** What a final status says of the person who was called (RFC 3261 section 21). */
const OUTCOMES = new Map<number, TransferOutcome>([
  [486, 'busy'],
  [600, 'busy'],
  [408, 'no-answer'],
  [480, 'no-answer'],
  [487, 'no-answer'],
  [403, 'rejected'],
  [603, 'rejected'],
  [404, 'unreachable'],
  [410, 'unreachable'],
  [484, 'unreachable'],
  [604, 'unreachable'],
]);

/**
 * Why an INVITE failed. `isPeers`: the far end said it; else nobody did (no response, no connection, no such host), and the
 * far end counts as unreachable whatever status stands for that.
 */
export function dialErrorOf({ status, message }: SipRejection, isPeers: boolean): DialError {
  if (!isPeers) return new DialError('unreachable', `the far end cannot be reached: ${message}`);
  return new DialError(OUTCOMES.get(status) ?? 'failed', `SIP ${status} ${message}`.trim(), status);
}
