import type { AgentTool, ToolDestination } from '../../domain/agents/agent.ts';
import type { MoveTool } from './contract.ts';
import { destinationName } from './destination-names.ts';

/** Characters that OpenAI-compatible servers take in the name of a tool, and how many. */
const REFUSED_IN_NAMES = /[^A-Za-z0-9_-]+/g;
const LONGEST_NAME = 64;

/** `transferCall`: the caller goes to a number, a SIP address or another agent. */
export function transferTool(tool: AgentTool): MoveTool {
  return moveTool(tool, tool.name ?? 'transferCall', 'Transfers the caller to somebody else.');
}

/** `addToConference`: somebody is called and joined to the caller. The agent stays with both. */
export function conferenceTool(tool: AgentTool): MoveTool {
  return moveTool(tool, tool.name ?? 'addToConference', 'Calls somebody and joins them to the caller.');
}

/** `handoff`: another agent takes over. Its name is the vendor's, since prompts speak of it: `handoff_to_` and the first destination. */
export function handoffTool(tool: AgentTool): MoveTool {
  const [first] = tool.destinations ?? [];
  const target = first ? destinationName(first).replace(REFUSED_IN_NAMES, '_') : 'assistant';
  const name = tool.name ?? `handoff_to_${target}`.slice(0, LONGEST_NAME);
  return moveTool(tool, name, 'Hands the call over to another assistant, without saying so to the caller.');
}

function moveTool(tool: AgentTool, name: string, purpose: string): MoveTool {
  const { destinations = [] } = tool;
  return {
    kind: 'move',
    tool,
    definition: {
      ...tool,
      name,
      description: tool.description ?? [purpose, ...listOf(destinations)].join('\n'),
      parameters: tool.parameters ?? parametersFor(destinations),
    },
  };
}

function listOf(destinations: readonly ToolDestination[]): string[] {
  return destinations.map((destination) => {
    const { description } = destination;
    return `- ${destinationName(destination)}${description ? `: ${description}` : ''}`;
  });
}

function parametersFor(destinations: readonly ToolDestination[]): Record<string, unknown> {
  if (destinations.length === 0) return { type: 'object', properties: {} };
  const names = [...new Set(destinations.map(destinationName))];
  return {
    type: 'object',
    properties: { destination: { type: 'string', enum: names, description: 'Where to.' } },
    required: ['destination'],
  };
}
