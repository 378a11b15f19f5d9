import type { Squad, SquadMember } from '../../../domain/squads/squad.ts';
import { newId } from '../../../lib/ids.ts';
import { toAgent, toOverrides } from '../assistants/to-domain.ts';
import { toAgentDestination } from '../destinations/agent-to-domain.ts';
import { assign, compact } from '../fields.ts';
import { type Origin, provide } from '../nesting.ts';
import type { SquadBody, SquadChanges, SquadMemberBody } from './schema.ts';

export function toSquad(body: SquadBody, identity: { id: string } & Origin): Squad {
  const { id, orgId, now } = identity;
  return withChanges({ id, orgId, members: [], extras: {}, createdAt: now, updatedAt: now }, body, now);
}

/** The squad after a change: keys that are given replace, null unsets, all others stay. */
export function withChanges(squad: Squad, body: SquadChanges, now: number): Squad {
  const draft: Squad = { ...squad, updatedAt: now };
  const origin = { orgId: squad.orgId, now };
  const { name, members, membersOverrides } = body;
  if (name !== undefined) assign(draft, 'name', name);
  if (members) draft.members = members.map((member, index) => toMember(member, origin, squad.members[index]));
  if (membersOverrides !== undefined) {
    const overrides = membersOverrides && toOverrides(membersOverrides, origin, squad.membersOverrides);
    assign(draft, 'membersOverrides', overrides);
  }
  return draft;
}

/** @param current the member in the same place, whose servers keep their secrets where the URL stays. */
function toMember(body: SquadMemberBody, origin: Origin, current?: SquadMember): SquadMember {
  const { assistantId, assistantVersion, assistant, assistantOverrides, assistantDestinations } =
    compact(body);
  const emptyList = assistantDestinations?.length === 0 ? assistantDestinations : undefined;
  const kept = compact({ assistantVersion, assistantDestinations: emptyList });
  const identity = { id: newId(origin.now), ...origin };
  return {
    ...compact({ agentId: assistantId }),
    ...(assistant && { agent: toAgent(assistant, identity, current?.agent) }),
    ...(assistantOverrides && { overrides: toOverrides(assistantOverrides, origin, current?.overrides) }),
    destinations: (assistantDestinations ?? []).map((destination) => toAgentDestination(destination, origin)),
    extras: Object.keys(kept).length > 0 ? { vapi: kept } : {},
  };
}

provide({ toSquad: (body, origin) => toSquad(body as SquadBody, { id: newId(origin.now), ...origin }) });
