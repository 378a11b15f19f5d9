import type { Agent } from '../../domain/agents/agent.ts';
import { ownToolIds } from '../../domain/parts/agent-copies.ts';
import type { Tool } from '../../domain/tools/tool.ts';

/** The tools that an agent holds itself, as they would be stored. */
export function ownTools(agent: Agent): Tool[] {
  const { orgId, createdAt, updatedAt } = agent;
  const ids = ownToolIds(agent);
  return (agent.brain?.tools ?? []).map(({ id: _, ...tool }, index) => {
    return { id: ids[index] as string, orgId, tool, createdAt, updatedAt };
  });
}
