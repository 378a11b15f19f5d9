import type { AgentTool } from '../agents/agent.ts';

/** A tool stored by itself, for the `toolIds` of any agent of the org. */
export interface Tool {
  id: string;
  orgId: string;
  tool: AgentTool;
  createdAt: number;
  updatedAt: number;
}
