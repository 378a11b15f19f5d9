import type { Squad, SquadMember } from '../../../domain/squads/squad.ts';
import { fromOverrides, fromTransientAgent } from '../assistants/from-domain.ts';
import { fromAgentDestination } from '../destinations/agent-from-domain.ts';
import { compact } from '../fields.ts';
import { provide } from '../nesting.ts';

type Json = Record<string, unknown>;

/** The vendor's shape of a squad: unset keys are left out, secrets never appear. */
export function fromSquad(squad: Squad): Json {
  return {
    id: squad.id,
    orgId: squad.orgId,
    ...fromTransientSquad(squad),
    createdAt: new Date(squad.createdAt).toISOString(),
    updatedAt: new Date(squad.updatedAt).toISOString(),
  };
}

function fromTransientSquad({ name, members, membersOverrides }: Squad): Json {
  return compact({
    name,
    members: members.map(fromMember),
    membersOverrides: membersOverrides && fromOverrides(membersOverrides),
  });
}

provide({ fromSquad: fromTransientSquad });

function fromMember({ agentId, agent, overrides, destinations, extras }: SquadMember): Json {
  return compact({
    assistantId: agentId,
    assistant: agent && fromTransientAgent(agent),
    assistantOverrides: overrides && fromOverrides(overrides),
    ...(destinations.length > 0 && { assistantDestinations: destinations.map(fromAgentDestination) }),
    ...extras.vapi,
  });
}
