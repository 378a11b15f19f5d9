import type { Credential, TrunkGateway } from '../credentials/credential.ts';
import { networkOf, plainIpv4 } from './ipv4-network.ts';

/** A customer's own SIP connection: the `byo-sip-trunk` credential. */
export type Trunk = Extract<Credential, { provider: 'byo-sip-trunk' }>;

export function isTrunk(credential: Credential): credential is Trunk {
  return credential.provider === 'byo-sip-trunk';
}

/** A gateway as logs, figures and the admin API name it. */
export function gatewayName({ ip, port }: Pick<TrunkGateway, 'ip' | 'port'>): string {
  return `${ip}:${port}`;
}

/** The network that calls of a gateway come from; undefined for one that sends none, or that is known by name only. */
export function inboundNetwork({ ip, netmask, inboundEnabled }: TrunkGateway): string | undefined {
  return inboundEnabled ? networkOf(ip, netmask) : undefined;
}

/** The networks that calls of a trunk come from, each once. */
export function inboundNetworks({ gateways }: Pick<Trunk, 'gateways'>): string[] {
  const networks = gateways.map(inboundNetwork).filter((network) => network !== undefined);
  return [...new Set(networks)];
}

/** The networks of all gateways, whichever way their calls go. */
export function gatewayNetworks({ gateways }: Pick<Trunk, 'gateways'>): string[] {
  const networks = gateways.map(({ ip, netmask }) => networkOf(ip, netmask));
  return [...new Set(networks.filter((network) => network !== undefined))];
}

/** Whether anybody may send the trunk's calls: a gateway does, or the registrar where we are bound. */
export function takesCalls(trunk: Trunk): boolean {
  return inboundNetworks(trunk).length > 0 || registrarOf(trunk) !== undefined;
}

/** The gateway in whose network an address lies, the narrowest first. */
export function matchGateway(
  { gateways }: Pick<Trunk, 'gateways'>,
  address: string,
): TrunkGateway | undefined {
  const source = plainIpv4(address);
  if (source === undefined) return undefined;
  return gateways
    .toSorted((one, other) => other.netmask - one.netmask)
    .find((gateway) => {
      const network = inboundNetwork(gateway);
      return network !== undefined && network === networkOf(source, gateway.netmask);
    });
}

/** Where a trunk keeps a binding (RFC 3261 section 10), and as whom. */
export interface TrunkRegistrar {
  /** `host` or `host:port`. */
  host: string;
  username: string;
  realm?: string;
  protocol: 'udp' | 'tcp' | 'tls';
}

/**
 * What the register plan asks for: the domain is by default the first gateway that takes calls from us, the user that of the
 * account, the transport that of the gateway. Undefined where nothing is to be registered, or nobody could be.
 */
export function registrarOf({
  gateways,
  outboundAuthenticationPlan: plan,
}: Trunk): TrunkRegistrar | undefined {
  if (!plan?.sipRegisterPlan) return undefined;
  const { domain, username = plan.authUsername, realm } = plan.sipRegisterPlan;
  const gateway = gateways.find(({ outboundEnabled }) => outboundEnabled) ?? gateways[0];
  const host = domain ?? (gateway && gatewayName(gateway));
  if (host === undefined || username === undefined) return undefined;
  const protocol = gateway?.outboundProtocol ?? 'udp';
  return {
    host,
    username,
    protocol: protocol === 'tls/srtp' ? 'tls' : protocol,
    ...(realm !== undefined && { realm }),
  };
}
