import {
  type HeaderLine,
  type NameAddress,
  NO_PARAMETERS,
  type SipRequest,
  type SipUri,
} from '../message/message.ts';
import { formatNameAddress } from '../message/name-address.ts';
import { createRequest, newCallId } from '../message/request.ts';
import { parseUri } from '../message/uri.ts';
import { allowHeader } from './capabilities.ts';
import type { Credentials } from './client-authentication.ts';
import type { OutboundProxy } from './outbound-proxy.ts';
import { newTag } from './responder.ts';
import { sdpContent } from './sdp-body.ts';
import { type OutboundInvite, SipRejection } from './session.ts';

/** What stays the same while an INVITE is sent again with credentials, but for its sequence number. */
export interface InviteDraft {
  readonly uri: SipUri;
  readonly callId: string;
  readonly from: string;
  readonly fromUser: string | undefined;
  readonly to: string;
  readonly maxForwards: number | undefined;
  readonly headers: readonly HeaderLine[];
  /** Values of Route: the outbound proxy. */
  readonly routes: readonly string[];
  readonly sdp: string | undefined;
  readonly credentials: Credentials | undefined;
  readonly admits: OutboundInvite['admits'];
  sequence: number;
}

/** @throws {SipRejection} 416 for a URI that is malformed or not SIP. */
export function draftInvite(options: OutboundInvite, proxy?: OutboundProxy): InviteDraft {
  const uri = readUri(options.uri);
  const from = readUri(options.from.uri);
  const { displayName } = options.from;
  const fromAddress: NameAddress = {
    uri: from,
    params: new Map([['tag', newTag()]]),
    ...(displayName === undefined ? {} : { displayName }),
  };
  return {
    uri: { ...uri, headers: NO_PARAMETERS },
    callId: newCallId(),
    from: formatNameAddress(fromAddress),
    fromUser: from.user,
    to: formatNameAddress({ uri: addressOfRecord(uri), params: NO_PARAMETERS }),
    maxForwards: options.maxForwards,
    headers: options.headers ?? [],
    routes: proxy ? [proxy.route] : [],
    sdp: options.sdp,
    credentials: options.credentials,
    admits: options.admits,
    sequence: 1,
  };
}

/** The INVITE outside a dialog (RFC 3261 section 8.1.1), still without Via. `extras`: of our extensions, and credentials. */
export function inviteRequest(
  draft: InviteDraft,
  contact: HeaderLine,
  productName: string,
  extras: readonly HeaderLine[],
): SipRequest {
  const content = sdpContent(draft.sdp);
  return createRequest('INVITE', draft.uri, {
    from: draft.from,
    to: draft.to,
    callId: draft.callId,
    seq: draft.sequence,
    routes: draft.routes,
    ...(draft.maxForwards !== undefined && { maxForwards: draft.maxForwards }),
    headers: [
      contact,
      allowHeader,
      { name: 'User-Agent', value: productName },
      ...extras,
      ...draft.headers,
      ...content.headers,
    ],
    body: content.body,
  });
}

function readUri(text: string): SipUri {
  const uri = parseUri(text);
  if (uri?.scheme !== 'sip' && uri?.scheme !== 'sips') throw new SipRejection(416, `not a SIP URI: ${text}`);
  return uri;
}

/** To names who is called, not how he is reached (RFC 3261 section 8.1.1.2). */
function addressOfRecord(uri: SipUri): SipUri {
  const params = new Map(uri.params);
  params.delete('transport');
  params.delete('maddr');
  return { ...uri, params, headers: NO_PARAMETERS };
}
