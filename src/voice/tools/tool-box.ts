import type { AgentTool } from '../../domain/agents/agent.ts';
import type { LiveTool, ToolLine, ToolResult } from './contract.ts';
import { dtmfTool } from './dtmf.ts';
import { endCallTool } from './end-call.ts';

const MAKERS: Record<string, (tool: AgentTool) => LiveTool> = {
  endCall: endCallTool,
  dtmf: dtmfTool,
};

/** The tools of one agent that can be run here. */
export interface ToolBox {
  /** What the model is told of: only tools that work. */
  readonly definitions: AgentTool[];
  /** Types of the agent's tools that cannot be run and are kept from the model. */
  readonly unavailable: string[];
  /** Never throws: what goes wrong is told to the model, so that it can go on. */
  run(name: string, input: unknown, line: ToolLine): ToolResult;
}

export function createToolBox(tools: readonly AgentTool[]): ToolBox {
  const byName = new Map<string, LiveTool>();
  const unavailable: string[] = [];
  for (const tool of tools) {
    const make = Object.hasOwn(MAKERS, tool.type) ? MAKERS[tool.type] : undefined;
    const live = make?.(tool);
    if (live?.definition.name) byName.set(live.definition.name, live);
    else unavailable.push(tool.type);
  }
  return {
    definitions: [...byName.values()].map((tool) => tool.definition),
    unavailable,
    run(name, input, line) {
      const tool = byName.get(name);
      if (!tool) return { content: `Error: there is no tool named ${JSON.stringify(name.slice(0, 64))}.` };
      try {
        return tool.run(input, line);
      } catch (error) {
        return { content: `Error: ${error instanceof Error ? error.message : String(error)}` };
      }
    },
  };
}
