import { gatewayName, inboundNetwork } from '../../../domain/trunks/trunk.ts';
import type { GatewayReport, RegistrationReport, TrunkReport } from '../../../domain/trunks/trunk-report.ts';
import { addressKind } from '../../../lib/ip-address.ts';
import { instantOf } from '../instant-of.ts';

/** @param sipDomain ours; the trunk's own stands below it. */
export function fromTrunkReport(report: TrunkReport, sipDomain: string): Record<string, unknown> {
  const { id, name, gateways, registration, callsIn, callsOut, strangersRefused, strangers } = report;
  return {
    id,
    ...(name !== undefined && { name }),
    // An address has no names below it.
    ...(addressKind(sipDomain) === undefined && { sipDomain: `${id}.${sipDomain}` }),
    gateways: gateways.map(fromGateway),
    ...(registration && { registration: fromRegistration(registration) }),
    callsIn,
    callsOut,
    strangersRefused,
    strangers: strangers.map(({ at, ...stranger }) => ({ at: instantOf(at), ...stranger })),
  };
}

function fromGateway({ gateway, health }: GatewayReport): Record<string, unknown> {
  const network = inboundNetwork(gateway);
  return {
    gateway: gatewayName(gateway),
    protocol: gateway.outboundProtocol,
    ...(network !== undefined && { network }),
    inbound: gateway.inboundEnabled,
    outbound: gateway.outboundEnabled,
    state: health?.state ?? 'not-asked',
    ...(health && { since: instantOf(health.since) }),
    ...(health?.lastStatus !== undefined && { lastStatus: health.lastStatus }),
    ...(health?.lastError !== undefined && { lastError: health.lastError }),
    ...(health?.checkedAt !== undefined && { checkedAt: instantOf(health.checkedAt) }),
  };
}

function fromRegistration(registration: RegistrationReport): Record<string, unknown> {
  const { host, username, realm, state, lastStatus, since, error } = registration;
  return {
    registrar: host,
    username,
    ...(realm !== undefined && { realm }),
    state,
    ...(lastStatus !== undefined && { lastStatus }),
    since: instantOf(since),
    ...(error !== undefined && { error }),
  };
}
