import { BRANCH_COOKIE } from '../message/via.ts';
import type { ReceivedRequest } from './received-request.ts';

/**
 * The key under which a server transaction is found (RFC 3261 section 17.2.3): branch, sent-by and method. For senders of
 * RFC 2543, without the magic cookie, what that section names instead; the To tag is left out, as an INVITE has none yet
 * when its ACK has one.
 */
export function serverTransactionKey(received: ReceivedRequest, method: string): string {
  const { via } = received;
  const sentBy = `${via.host}:${via.port ?? ''}`;
  if (via.branch?.startsWith(BRANCH_COOKIE)) return `${method} ${via.branch} ${sentBy}`;
  const { request, cseq, callId, fromTag } = received;
  return `${method} ${via.branch ?? ''} ${sentBy} ${request.rawUri} ${fromTag} ${callId} ${cseq.seq}`;
}

/** Responses are matched by our branch and the method of CSeq (RFC 3261 section 17.1.3). */
export function clientTransactionKey(branch: string, method: string): string {
  return `${method} ${branch}`;
}

/** What requests have in common that reached us on more than one path (RFC 3261 section 8.2.2.2). */
export function mergeKey(received: ReceivedRequest): string {
  return `${received.callId} ${received.fromTag} ${received.cseq.seq} ${received.cseq.method}`;
}
