import { headerValue } from '../message/headers.ts';
import type { HeaderLine, SipRequest, SipResponse } from '../message/message.ts';
import { DEFAULT_MAX_FORWARDS } from '../message/request.ts';

/** The ACK for a final response other than 2xx: part of the INVITE's own transaction (RFC 3261 section 17.1.1.3). */
export function ackForRejection(invite: SipRequest, response: SipResponse): SipRequest {
  return hopRequest('ACK', invite, headerValue(response, 'To') ?? headerValue(invite, 'To') ?? '');
}

/** The CANCEL of a request that is under way (RFC 3261 section 9.1). `headers`: why (RFC 3326). */
export function cancelFor(invite: SipRequest, headers: readonly HeaderLine[] = []): SipRequest {
  const cancel = hopRequest('CANCEL', invite, headerValue(invite, 'To') ?? '');
  return { ...cancel, headers: [...cancel.headers, ...headers] };
}

/** A request with the same top Via, thus on the same branch, and the same route as the one that it belongs to. */
function hopRequest(method: string, invite: SipRequest, to: string): SipRequest {
  const sequence = (headerValue(invite, 'CSeq') ?? '').split(' ', 1)[0] ?? '';
  const headers: HeaderLine[] = [
    { name: 'Via', value: headerValue(invite, 'Via') ?? '' },
    { name: 'Max-Forwards', value: String(DEFAULT_MAX_FORWARDS) },
    { name: 'From', value: headerValue(invite, 'From') ?? '' },
    { name: 'To', value: to },
    { name: 'Call-ID', value: headerValue(invite, 'Call-ID') ?? '' },
    { name: 'CSeq', value: `${sequence} ${method}` },
  ];
  for (const line of invite.headers) if (line.name === 'Route') headers.push(line);
  return {
    kind: 'request',
    method,
    uri: invite.uri,
    rawUri: invite.rawUri,
    headers,
    body: new Uint8Array(0),
  };
}
