import type { Agent, AgentDestination, AgentOverrides } from '../agents/agent.ts';
import type { Extras } from '../extras.ts';

/** One agent of a squad, stored (`agentId`) or given in place (`agent`). */
export interface SquadMember {
  agentId?: string;
  agent?: Agent;
  overrides?: AgentOverrides;
  /** Whom this member may hand the caller to. */
  destinations: AgentDestination[];
  extras: Extras;
}

/** Agents that hand a caller to each other; the first member answers. */
export interface Squad {
  id: string;
  orgId: string;
  name?: string;
  members: SquadMember[];
  /** Laid over every member, after its own overrides. */
  membersOverrides?: AgentOverrides;
  extras: Extras;
  createdAt: number;
  updatedAt: number;
}
