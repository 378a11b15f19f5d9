import type { Agent, AgentOverrides } from '../agents/agent.ts';
import type { TransferDestination } from '../numbers/destination.ts';
import type { PhoneNumber } from '../numbers/number.ts';
import type { Squad } from '../squads/squad.ts';
import type { Customer } from './call.ts';

/** Who speaks in a call: stored, or given with the order. */
export type AgentChoice =
  | { kind: 'agent'; agentId: string; overrides?: AgentOverrides }
  | { kind: 'transient-agent'; agent: Agent; overrides?: AgentOverrides }
  | { kind: 'squad'; squadId: string; overrides?: AgentOverrides }
  | { kind: 'transient-squad'; squad: Squad; overrides?: AgentOverrides };

/** When a call may begin. Milliseconds since the epoch. */
export interface CallSchedule {
  earliestAt: number;
  /** After it the call is not placed any more; unset: it is placed however late. */
  latestAt?: number;
}

/** All that it takes to place a call. */
export interface OutboundOrder {
  orgId: string;
  /** The number that calls; one that is not stored has no id that anybody could look up. */
  number: PhoneNumber;
  /** `number` was given with the order. */
  isTransientNumber?: boolean;
  customer: Customer;
  destination: TransferDestination;
  /** Keys to press once it is answered. */
  extension?: string;
  agent: AgentChoice;
  /** The customer's own label. */
  name?: string;
  schedule?: CallSchedule;
  /** Template variables beside those of the agent's overrides. */
  variables?: Record<string, unknown>;
  /** Whether to hang up on an answering machine, whatever the agent would do with it (Vocode). */
  onNoHumanAnswer?: 'continue' | 'hangup';
  /** Asks whether the person may be called again (Vocode); unset: as the agent says. */
  doNotCallDetection?: boolean;
  /** Names of fields of the order that have no effect; the call's timeline says so. */
  ignoredFields?: string[];
  /** Nothing of what is said is kept. */
  hipaaCompliant?: boolean;
}
