import type { Agent } from '../../domain/agents/agent.ts';
import { ownToolIds, partIdOf } from '../../domain/parts/agent-copies.ts';

/** The agent with references to all that it is made of, whether it has rows yet or not. */
export function referring(agent: Agent): Agent {
  const { brain, webhook, partIds } = agent;
  const { webhook: _, ...kept } = partIds ?? {};
  return {
    ...agent,
    partIds: {
      ...kept,
      prompt: partIdOf(agent, 'prompt'),
      voice: partIdOf(agent, 'voice'),
      ...(webhook && { webhook: partIdOf(agent, 'webhook') }),
    },
    ...(brain && { brain: { ...brain, tools: [], toolIds: [...ownToolIds(agent), ...brain.toolIds] } }),
  };
}
