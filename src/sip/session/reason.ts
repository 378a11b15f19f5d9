import type { HeaderLine } from '../message/message.ts';
import { quote } from '../message/value-reader.ts';

/** Why the other forks of an INVITE end when one has answered (RFC 3326 section 3.1). */
export const COMPLETED_ELSEWHERE = sipReason(200, 'Call completed elsewhere');

/** `Reason` with a SIP status (RFC 3326). The text is for whoever reads a trace. */
export function sipReason(status: number, text: string): HeaderLine {
  return { name: 'Reason', value: `SIP;cause=${status};text=${quote(text)}` };
}
