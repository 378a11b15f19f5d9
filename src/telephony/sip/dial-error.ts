import { outcomeOfStatus } from '../../domain/calls/outcome-of-status.ts';
import { DialError } from '../../flow/dialer.ts';
import type { SipRejection } from '../../sip/session/session.ts';

/**
 * Why an INVITE failed. `isPeers`: the far end said it; else nobody did (no response, no connection, no such host), and the
 * far end counts as unreachable whatever status stands for that.
 */
export function dialErrorOf({ status, message }: SipRejection, isPeers: boolean): DialError {
  if (!isPeers) return new DialError('unreachable', `the far end cannot be reached: ${message}`);
  return new DialError(outcomeOfStatus(status), `SIP ${status} ${message}`.trim(), status);
}
