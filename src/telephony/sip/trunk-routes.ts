import type { TrunkGateway } from '../../domain/credentials/credential.ts';
import type { Trunk } from '../../domain/trunks/trunk.ts';
import { DialError } from '../../flow/dialer.ts';
import { breaksLine } from '../../sip/message/characters.ts';
import type { HeaderLine } from '../../sip/message/message.ts';
import { formatUri } from '../../sip/message/uri.ts';
import type { DialRoute } from './dial-target.ts';
import { gatewayUri } from './gateway-uri.ts';
import type { OutboundCaller } from './outbound-caller.ts';
import { accountOf } from './trunk-binding.ts';

export interface TrunkRoutesOptions {
  number: string;
  caller: OutboundCaller;
  /** Ours, where the caller's or the diverting number stands in a URI. */
  host: string;
  /** False for a gateway that is known to be down. */
  isUp: (gateway: TrunkGateway) => boolean;
}

/**
 * The ways over a trunk to a number, one for each gateway that takes outbound calls, in the customer's order; those that are
 * down stand last.
 * @throws {DialError} unreachable, where no gateway is there to ask, or all of them are down
 */
export function trunkRoutes(trunk: Trunk, { number, caller, host, isUp }: TrunkRoutesOptions): DialRoute[] {
  const gateways = trunk.gateways.filter(({ outboundEnabled }) => outboundEnabled);
  if (gateways.length === 0) throw unreachable('no gateway of the trunk takes outbound calls');
  const up = gateways.filter(isUp);
  if (up.length === 0)
    throw unreachable('every gateway of the trunk is down: none answers OPTIONS (see /admin/trunks)');
  const user = trunkUser(trunk, number);
  const headers = [...assertedIdentity(caller, host), ...diversion(trunk, host)];
  const credentials = trunkCredentials(trunk);
  return [...up, ...gateways.filter((gateway) => !up.includes(gateway))].map((gateway) => ({
    uri: formatUri(gatewayUri(gateway, user)),
    from: caller.from,
    headers,
    ...(credentials && { credentials }),
    ...(gateway.outboundProtocol === 'tls/srtp' && { demandsSrtp: true }),
  }));
}

function unreachable(message: string): DialError {
  return new DialError('unreachable', message);
}

/** The number as this trunk wants it: its prefix, with or without the plus of E.164, the digits. */
function trunkUser({ techPrefix = '', outboundLeadingPlusEnabled }: Trunk, number: string): string {
  const isE164 = number.startsWith('+');
  return `${techPrefix}${isE164 && !outboundLeadingPlusEnabled ? number.slice(1) : number}`;
}

/** A trunk is told who calls in a header that it trusts, whatever From says, and whether to keep it (RFC 3325 section 9). */
function assertedIdentity({ number, isHidden }: OutboundCaller, host: string): HeaderLine[] {
  const asserted = { name: 'P-Asserted-Identity', value: `<sip:${number}@${host}>` };
  return [
    ...(number === undefined ? [] : [asserted]),
    ...(isHidden ? [{ name: 'Privacy', value: 'id' }] : []),
  ];
}

/** The number that sends the call on (RFC 5806); a customer may write the whole value or the number alone. */
function diversion({ sipDiversionHeader: diverted }: Trunk, host: string): HeaderLine[] {
  if (!diverted || breaksLine(diverted)) return [];
  const isWhole = /[<:]/.test(diverted);
  const value = isWhole ? diverted : `<sip:${diverted}@${host}>;reason=unconditional;counter=1`;
  return [{ name: 'Diversion', value }];
}

function trunkCredentials(trunk: Trunk): DialRoute['credentials'] {
  const realm = trunk.outboundAuthenticationPlan?.sipRegisterPlan?.realm;
  const account = accountOf(trunk);
  return account && { ...account, ...(realm !== undefined && { realm }) };
}
