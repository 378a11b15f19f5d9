import type { Agent, AgentTool } from '../../../domain/agents/agent.ts';
import { BLANK_BRAIN } from '../../../domain/agents/blank-brain.ts';
import type { TransferDestination } from '../../../domain/numbers/destination.ts';
import type { StoredDestination } from '../../../domain/numbers/stored-destination.ts';
import type { TransferDestinationBody } from './schema.ts';

export function toStoredDestination(
  body: TransferDestinationBody,
  { id, orgId, now }: { id: string; orgId: string; now: number },
): StoredDestination {
  const { name } = body;
  return { id, orgId, name, destination: toDestination(body), createdAt: now, updatedAt: now };
}

/** The name is what the agent's model is told of it, so that it can choose among several. */
function toDestination({ name: description, type, value }: TransferDestinationBody): TransferDestination {
  return type === 'phone'
    ? { type: 'number', number: value, e164CheckEnabled: true, description }
    : { type: 'sip', sipUri: value, description };
}

/** The agent with one more place that its transfer tool leads to; as it was where it leads there already. */
export function withDestination(agent: Agent, { destination }: StoredDestination, now: number): Agent {
  const brain = agent.brain ?? BLANK_BRAIN;
  const current = brain.tools.find(isTransfer) ?? { type: 'transferCall', settings: {} };
  const places = current.destinations ?? [];
  if (places.some((place) => addressOf(place) === addressOf(destination))) return agent;
  const tool: AgentTool = { ...current, destinations: [...places, destination] };
  const tools = brain.tools.includes(current)
    ? brain.tools.map((one) => (one === current ? tool : one))
    : [...brain.tools, tool];
  return { ...agent, brain: { ...brain, tools }, updatedAt: now };
}

/** One with a server of its own asks that server where to. */
function isTransfer({ type, server }: AgentTool): boolean {
  return type === 'transferCall' && server === undefined;
}

function addressOf(place: NonNullable<AgentTool['destinations']>[number]): string | undefined {
  if (place.type === 'number') return place.number;
  return place.type === 'sip' ? place.sipUri : undefined;
}
