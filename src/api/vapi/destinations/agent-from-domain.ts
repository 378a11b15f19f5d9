import type { AgentDestination, ToolDestination } from '../../../domain/agents/agent.ts';
import { compact } from '../fields.ts';
import { nested } from '../nesting.ts';
import { fromServer } from '../servers/from-domain.ts';
import { fromDestination, fromSpoken } from './from-domain.ts';

type Json = Record<string, unknown>;

export function fromToolDestination(destination: ToolDestination): Json {
  if (destination.type === 'agent') return fromAgentDestination(destination);
  if (destination.type !== 'dynamic') return fromDestination(destination);
  const { type, server, description, settings } = destination;
  return { ...settings, type, ...compact({ description, server: server && fromServer(server) }) };
}

export function fromAgentDestination(destination: AgentDestination): Json {
  const { agentName, agentId, agent, squadId, squad, overrides, settings } = destination;
  const { message, description, transferMode, contextPlan } = destination;
  const shownOverrides = overrides && nested('fromOverrides')(overrides);
  const shared = { ...settings, ...compact({ description, contextEngineeringPlan: contextPlan }) };
  if (squadId !== undefined || squad) {
    return {
      type: 'squad',
      ...shared,
      ...compact({
        squadId,
        squad: squad && nested('fromSquad')(squad),
        entryAssistantName: agentName,
        squadOverrides: shownOverrides,
      }),
    };
  }
  return {
    type: 'assistant',
    ...shared,
    ...compact({
      assistantName: agentName,
      assistantId: agentId,
      assistant: agent && nested('fromAgent')(agent),
      assistantOverrides: shownOverrides,
      transferMode,
      message: message === undefined ? undefined : fromSpoken(message),
    }),
  };
}
