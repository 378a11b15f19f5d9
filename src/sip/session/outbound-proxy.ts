import { NO_PARAMETERS, type SipUri } from '../message/message.ts';
import { formatNameAddress } from '../message/name-address.ts';
import { parseUri } from '../message/uri.ts';
import type { Source } from './session.ts';
import type { SessionContext } from './session-context.ts';

/** The proxy that every request of ours outside a dialog goes through, so that others see one address of us. */
export interface OutboundProxy {
  uri: SipUri;
  /** The Route that requests are loaded with (RFC 3261 section 8.1.2). */
  route: string;
}

/** @throws {TypeError} for what is no SIP URI with a host */
export function readOutboundProxy(text: string): OutboundProxy {
  const uri = parseUri(text);
  if (uri?.scheme !== 'sip' && uri?.scheme !== 'sips')
    throw new TypeError(`the outbound proxy is no SIP URI: ${text}`);
  // A strict router would put itself into the request URI, and the request would lose where it goes (section 16.12.1.2).
  const loose: SipUri = { ...uri, params: new Map(uri.params).set('lr', ''), headers: NO_PARAMETERS };
  return { uri: loose, route: formatNameAddress({ uri: loose, params: NO_PARAMETERS }) };
}

/** The proxy that a request goes through; undefined where there is none, or the request is for ourselves. */
export function proxyFor(
  { outboundProxy, sender }: Pick<SessionContext, 'outboundProxy' | 'sender'>,
  destination: Source | undefined,
): OutboundProxy | undefined {
  return destination && sender.isOurs(destination) ? undefined : outboundProxy;
}
