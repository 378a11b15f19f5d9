import type { Credential, TrunkGateway } from '../../domain/credentials/credential.ts';
import { breaksLine } from '../../sip/message/characters.ts';
import type { HeaderLine, SipUri } from '../../sip/message/message.ts';
import { formatUri } from '../../sip/message/uri.ts';
import type { DialRoute } from './dial-target.ts';
import type { OutboundCaller } from './outbound-caller.ts';

export type Trunk = Extract<Credential, { provider: 'byo-sip-trunk' }>;

/**
 * The ways over a trunk to a number, one for each gateway that takes outbound calls, in the customer's order.
 * @param host ours, where the caller's or the diverting number stands in a URI
 */
export function trunkRoutes(
  trunk: Trunk,
  { number, caller, host }: { number: string; caller: OutboundCaller; host: string },
): DialRoute[] {
  const user = trunkUser(trunk, number);
  const headers = [...assertedIdentity(caller, host), ...diversion(trunk, host)];
  const credentials = trunkCredentials(trunk);
  return trunk.gateways
    .filter(({ outboundEnabled }) => outboundEnabled)
    .map((gateway) => ({
      uri: formatUri(gatewayUri(gateway, user)),
      from: caller.from,
      headers,
      ...(credentials && { credentials }),
      ...(gateway.outboundProtocol === 'tls/srtp' && { demandsSrtp: true }),
    }));
}

/** The number as this trunk wants it: its prefix, with or without the plus of E.164, the digits. */
function trunkUser({ techPrefix = '', outboundLeadingPlusEnabled }: Trunk, number: string): string {
  const isE164 = number.startsWith('+');
  return `${techPrefix}${isE164 && !outboundLeadingPlusEnabled ? number.slice(1) : number}`;
}

function gatewayUri({ ip, port, outboundProtocol }: TrunkGateway, user: string): SipUri {
  const transport = outboundProtocol === 'tls/srtp' ? 'tls' : outboundProtocol;
  const params = new Map(transport === 'udp' ? [] : [['transport', transport] as const]);
  return { scheme: 'sip', user, host: ip, port, params, headers: new Map() };
}

/** A trunk is told who calls in a header that it trusts, whatever From says (RFC 3325). */
function assertedIdentity({ number }: OutboundCaller, host: string): HeaderLine[] {
  return number === undefined ? [] : [{ name: 'P-Asserted-Identity', value: `<sip:${number}@${host}>` }];
}

/** The number that sends the call on (RFC 5806); a customer may write the whole value or the number alone. */
function diversion({ sipDiversionHeader: diverted }: Trunk, host: string): HeaderLine[] {
  if (!diverted || breaksLine(diverted)) return [];
  const isWhole = /[<:]/.test(diverted);
  const value = isWhole ? diverted : `<sip:${diverted}@${host}>;reason=unconditional;counter=1`;
  return [{ name: 'Diversion', value }];
}

function trunkCredentials({ outboundAuthenticationPlan: plan }: Trunk): DialRoute['credentials'] {
  if (plan?.authUsername === undefined || plan.authPassword === undefined) return undefined;
  return { username: plan.authUsername, password: plan.authPassword.reveal() };
}
