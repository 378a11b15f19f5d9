import type { AgentDestination, DynamicDestination } from '../../../domain/agents/agent.ts';
import { compact } from '../fields.ts';
import { nested, type Origin } from '../nesting.ts';
import { toServer } from '../servers/to-domain.ts';
import type { AgentDestinationBody, HandoffDestinationBody } from './agent-schema.ts';
import { toSpoken } from './to-domain.ts';

export function toAgentDestination(body: AgentDestinationBody, origin: Origin): AgentDestination {
  const { contextEngineeringPlan: contextPlan, description } = body;
  const shared = { type: 'agent' as const, ...compact({ contextPlan, description }) };
  if (body.type === 'squad') {
    const { squadId, squad, entryAssistantName, squadOverrides, variableExtractionPlan } = compact(body);
    return {
      ...shared,
      ...compact({ squadId, agentName: entryAssistantName }),
      ...(squad !== undefined && { squad: nested('toSquad')(squad, origin) }),
      ...(squadOverrides !== undefined && { overrides: nested('toOverrides')(squadOverrides, origin) }),
      settings: compact({ variableExtractionPlan }),
    };
  }
  const { assistantName, assistantId, assistant, assistantOverrides, message, transferMode, ...rest } =
    compact(body);
  return {
    ...shared,
    ...compact({ agentName: assistantName, agentId: assistantId, transferMode }),
    ...(assistant !== undefined && { agent: nested('toAgent')(assistant, origin) }),
    ...(assistantOverrides !== undefined && { overrides: nested('toOverrides')(assistantOverrides, origin) }),
    ...(message !== undefined && { message: toSpoken(message) }),
    settings: compact({ variableExtractionPlan: rest.variableExtractionPlan }),
  };
}

/** @param current the destination that this one replaces; see `toServer` for what it keeps. */
export function toHandoffDestination(
  body: HandoffDestinationBody,
  origin: Origin,
  current?: DynamicDestination,
): AgentDestination | DynamicDestination {
  if (body.type !== 'dynamic') return toAgentDestination(body, origin);
  const { server, description } = compact(body);
  return {
    type: 'dynamic',
    ...(server && { server: toServer(server, current?.server) }),
    ...compact({ description }),
    settings: {},
  };
}
