import type { TrunkGateway } from '../credentials/credential.ts';
import type { GatewayHealth } from './gateway-health.ts';
import type { TrunkRegistrar } from './trunk.ts';

export interface GatewayReport {
  gateway: TrunkGateway;
  /** Undefined where it is not asked. */
  health: GatewayHealth | undefined;
}

export interface RegistrationReport extends TrunkRegistrar {
  /** `elsewhere`: another process on the same store keeps the binding. */
  state: 'registering' | 'registered' | 'failed' | 'closed' | 'elsewhere';
  lastStatus: number | undefined;
  /** Since when it has been in this state. */
  since: number;
  /** What keeps it from being tried, in words for the owner. */
  error?: string;
}

/** A caller of one of the trunk's numbers who was turned away. */
export interface Stranger {
  at: number;
  address: string;
  /** The number that he called, as he wrote it. */
  dialled: string;
  why: string;
}

/** How a trunk does, on this process and since it started. */
export interface TrunkReport {
  id: string;
  name: string | undefined;
  gateways: GatewayReport[];
  registration: RegistrationReport | undefined;
  callsIn: number;
  callsOut: number;
  strangersRefused: number;
  /** The last of them, the newest first. */
  strangers: readonly Stranger[];
}

/** As of all that was written before they are asked for. */
export interface TrunkReports {
  /** All of an org, the oldest first. */
  reportsOf(orgId: string): Promise<TrunkReport[]>;
  /** One of an org's. */
  reportOf(orgId: string, id: string): Promise<TrunkReport | undefined>;
}
