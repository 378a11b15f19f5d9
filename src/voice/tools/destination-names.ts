import type { AgentTool, ToolDestination } from '../../domain/agents/agent.ts';

/** The argument of `transferCall` and `handoff` that names where to. */
const ARGUMENT = 'destination';

/** By what a model names a destination; the vendor's models do it alike. */
export function destinationName(destination: ToolDestination): string {
  switch (destination.type) {
    case 'number':
      return destination.number;
    case 'sip':
      return destination.sipUri;
    case 'dynamic':
      return 'dynamic';
    case 'agent':
      return (
        destination.agentName ??
        destination.agentId ??
        destination.agent?.name ??
        destination.squadId ??
        'assistant'
      );
  }
}

/** The destination of the tool's own list that a model means; where there is but one it need not be named. */
export function namedDestination(tool: AgentTool, input: unknown): ToolDestination | undefined {
  const { destinations = [] } = tool;
  const given =
    typeof input === 'object' && input !== null ? (input as Record<string, unknown>)[ARGUMENT] : undefined;
  if (typeof given !== 'string' || given.trim() === '') {
    return destinations.length === 1 ? destinations[0] : undefined;
  }
  const wanted = given.trim().toLowerCase();
  return destinations.find((destination) => destinationName(destination).toLowerCase() === wanted);
}
