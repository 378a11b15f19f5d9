import type {
  Agent,
  AgentDestination,
  AgentOverrides,
  AgentTool,
  BrainSettings,
} from '../../domain/agents/agent.ts';
import type { AgentRepository } from '../../domain/agents/agent-repository.ts';
import { BLANK_BRAIN } from '../../domain/agents/blank-brain.ts';
import { overridden } from '../../domain/agents/overridden.ts';
import type { Squad, SquadMember } from '../../domain/squads/squad.ts';
import type { SquadRepository } from '../../domain/squads/squad-repository.ts';
import type { ToolRepository } from '../../domain/tools/tool-repository.ts';
import { type AgentMeans, type MeansDirectory, meansOf } from './agent-means.ts';

/** An agent ready to speak, and the squad it belongs to. */
export interface Cast {
  /** With overrides, stored tools, handoff tools and vendor keys. */
  agent: Agent;
  /** Unset for a transient agent. */
  agentId?: string;
  squad?: Squad;
  /** What its settings give it beside its own prompt and tools; the record does not show it. */
  means?: AgentMeans;
  /** Template variables that came with the overrides. */
  variables: Record<string, unknown>;
  /** Parts of it that do not exist, for the timeline. */
  missing: string[];
}

/** What casting reads of the store. */
export interface CastDirectory extends MeansDirectory {
  agents: Pick<AgentRepository, 'get'>;
  squads: Pick<SquadRepository, 'get'>;
  tools: Pick<ToolRepository, 'get' | 'list'>;
  /** Gives the agent the keys of the vendors that it names. */
  withVendorKeys(agent: Agent): Promise<Agent>;
}

/** Something that was named does not exist or cannot answer. */
export class CastError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CastError';
  }
}

/** Tools of an org that an agent takes all of; a model chooses badly among more, and vendors refuse more than 128. */
const MOST_TOOLS = 100;

/** @throws {CastError} when the org has no such agent. */
export async function castAgent(
  directory: CastDirectory,
  orgId: string,
  agentId: string,
  overrides?: AgentOverrides,
): Promise<Cast> {
  const agent = await directory.agents.get(orgId, agentId);
  if (!agent) throw new CastError(`agent ${agentId} does not exist`);
  return ready(directory, agent, { agentId, overrides: [overrides] });
}

export function castTransient(
  directory: CastDirectory,
  agent: Agent,
  overrides?: AgentOverrides,
): Promise<Cast> {
  return ready(directory, agent, { overrides: [overrides] });
}

/** The first member of a squad. @throws {CastError} when there is no such squad or it has no member to answer. */
export async function castSquad(
  directory: CastDirectory,
  orgId: string,
  squad: Squad | string,
  overrides?: AgentOverrides,
): Promise<Cast> {
  const found = typeof squad === 'string' ? await directory.squads.get(orgId, squad) : squad;
  if (!found) throw new CastError(`squad ${squad} does not exist`);
  const [first] = found.members;
  if (!first) throw new CastError('the squad has no members');
  return castMember(directory, found, first, overrides);
}

/** The agent that a handoff means: a member of the squad by its name or id, else any agent of the org. @throws {CastError} */
export async function castDestination(
  directory: CastDirectory,
  current: Cast,
  destination: AgentDestination,
): Promise<Cast> {
  const { agentId, agentName, agent, overrides } = destination;
  const { orgId } = current.agent;
  const squad = await squadOf(directory, current, destination);
  if (squad) {
    const member = await memberOf(directory, squad, destination);
    if (member) return castMember(directory, squad, member, overrides);
    if (squad !== current.squad) return castSquad(directory, orgId, squad, overrides);
  }
  if (agent) return castTransient(directory, { ...agent, orgId }, overrides);
  if (agentId) return castAgent(directory, orgId, agentId, overrides);
  throw new CastError(`there is no agent named ${JSON.stringify(agentName ?? '')} to hand over to`);
}

/** The squad that a destination names or brings, else the one that the caller is with. */
async function squadOf(
  directory: CastDirectory,
  current: Cast,
  { squadId, squad }: AgentDestination,
): Promise<Squad | undefined> {
  if (squad) return { ...squad, orgId: current.agent.orgId };
  if (!squadId) return current.squad;
  const stored = await directory.squads.get(current.agent.orgId, squadId);
  if (!stored) throw new CastError(`squad ${squadId} does not exist`);
  return stored;
}

async function memberOf(
  directory: CastDirectory,
  squad: Squad,
  { agentId, agentName }: AgentDestination,
): Promise<SquadMember | undefined> {
  if (agentId) {
    const byId = squad.members.find((member) => member.agentId === agentId);
    if (byId) return byId;
  }
  if (!agentName) return undefined;
  for (const member of squad.members) {
    const { agent, agentId: id, overrides } = member;
    const name =
      overrides?.fields.name ??
      (agent ?? (id ? await directory.agents.get(squad.orgId, id) : undefined))?.name;
    if (name === agentName) return member;
  }
  return undefined;
}

async function castMember(
  directory: CastDirectory,
  squad: Squad,
  member: SquadMember,
  overrides?: AgentOverrides,
): Promise<Cast> {
  const { agentId } = member;
  const agent = member.agent ?? (agentId ? await directory.agents.get(squad.orgId, agentId) : undefined);
  if (!agent) throw new CastError(`member ${agentId ?? ''} of the squad does not exist`);
  const all = [member.overrides, squad.membersOverrides, overrides];
  return ready(directory, agent, {
    ...(agentId && { agentId }),
    squad,
    overrides: all,
    tools: handoffTools(member.destinations),
  });
}

/** A member's destinations are one more tool of its model. */
function handoffTools(destinations: AgentDestination[]): AgentTool[] {
  return destinations.length === 0 ? [] : [{ type: 'handoff', destinations, settings: {} }];
}

async function ready(
  directory: CastDirectory,
  agent: Agent,
  {
    agentId,
    squad,
    overrides,
    tools = [],
  }: { agentId?: string; squad?: Squad; overrides: (AgentOverrides | undefined)[]; tools?: AgentTool[] },
): Promise<Cast> {
  const layered = overrides.reduce((under, over) => overridden(under, over), agent);
  const brain = layered.brain ?? BLANK_BRAIN;
  const [stored, means] = await Promise.all([
    storedTools(directory, layered, brain),
    meansOf(layered, directory),
  ]);
  const added = [...stored.tools, ...tools];
  const whole =
    added.length === 0 ? layered : { ...layered, brain: { ...brain, tools: [...brain.tools, ...added] } };
  return {
    agent: await directory.withVendorKeys(whole),
    ...(agentId && { agentId }),
    ...(squad && { squad }),
    means: { texts: means.texts, tools: means.tools },
    variables: Object.assign({}, ...overrides.map((over) => over?.variables)),
    missing: [...stored.missing, ...means.missing],
  };
}

/** The stored tools that the agent names, or all of its org. */
async function storedTools(
  { tools }: CastDirectory,
  { orgId, usesAllTools }: Agent,
  { toolIds }: BrainSettings,
): Promise<{ tools: AgentTool[]; missing: string[] }> {
  if (usesAllTools) {
    const all = await tools.list(orgId, { limit: MOST_TOOLS, order: 'ascending' });
    return { tools: all.map(({ id, tool }) => ({ ...tool, id })), missing: [] };
  }
  const stored = await Promise.all(toolIds.map((id) => tools.get(orgId, id)));
  return {
    tools: stored.filter((tool) => tool !== undefined).map(({ id, tool }) => ({ ...tool, id })),
    missing: toolIds.filter((_, index) => !stored[index]).map((id) => `tool ${id} does not exist`),
  };
}
