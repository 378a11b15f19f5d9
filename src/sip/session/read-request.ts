import { cseq, fromTag, headerValue, replaceTopVia, topVia, toTag } from '../message/headers.ts';
import type { SipRequest } from '../message/message.ts';
import { formatVia } from '../message/via.ts';
import type { ReceivedRequest } from '../transaction/received-request.ts';
import { stampVia } from '../transport/response-route.ts';
import type { Source } from './session.ts';

/**
 * Reads what all layers ask of a request and writes its source into the top Via.
 * @param via its topmost Via where that is read already; it is written into
 * @returns undefined where it has no Via to answer by.
 */
export function readRequest(
  request: SipRequest,
  source: Source,
  via = topVia(request),
): ReceivedRequest | undefined {
  if (!via) return undefined;
  stampVia(via, source);
  replaceTopVia(request, formatVia(via));
  return {
    request,
    source,
    via,
    cseq: cseq(request) ?? { seq: 0, method: request.method },
    callId: headerValue(request, 'Call-ID') ?? '',
    fromTag: fromTag(request) ?? '',
    toTag: toTag(request),
  };
}
