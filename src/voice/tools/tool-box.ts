import type { AgentTool } from '../../domain/agents/agent.ts';
import type { LiveTool } from './contract.ts';
import { dtmfTool } from './dtmf.ts';
import { endCallTool } from './end-call.ts';
import { handoffTool, transferTool } from './move-tool.ts';

type Maker = (tool: AgentTool) => LiveTool;

/** Tools that need nothing but the line. */
const LINE_TOOLS: Readonly<Record<string, Maker>> = { endCall: endCallTool, dtmf: dtmfTool };
/** Tools that ask something of the call beyond it. */
const MOVE_TOOLS: Readonly<Record<string, Maker>> = { transferCall: transferTool, handoff: handoffTool };

/** The tools of one agent that can be run here. */
export interface ToolBox {
  /** What the model is told of: only tools that work. */
  readonly definitions: AgentTool[];
  /** Types of the agent's tools that cannot be run and are kept from the model. */
  readonly unavailable: string[];
  /** @param name as the model knows it. */
  find(name: string): LiveTool | undefined;
}

/** @param withActions whether the call offers more than the line: servers, transfers, handoffs. */
export function createToolBox(tools: readonly AgentTool[], withActions: boolean): ToolBox {
  const byName = new Map<string, LiveTool>();
  const unavailable: string[] = [];
  for (const tool of tools) {
    const live = makerOf(tool, withActions)?.(tool);
    if (live?.definition.name) byName.set(live.definition.name, live);
    else unavailable.push(tool.type);
  }
  return {
    definitions: [...byName.values()].map((tool) => tool.definition),
    unavailable,
    find: (name) => byName.get(name),
  };
}

function makerOf(tool: AgentTool, withActions: boolean): Maker | undefined {
  if (Object.hasOwn(LINE_TOOLS, tool.type)) return LINE_TOOLS[tool.type];
  if (!withActions) return undefined;
  if (Object.hasOwn(MOVE_TOOLS, tool.type)) return MOVE_TOOLS[tool.type];
  const served = tool.type === 'function' || tool.server?.url !== undefined;
  return served ? serverTool : undefined;
}

function serverTool(tool: AgentTool): LiveTool {
  return { kind: 'server', tool, definition: tool };
}
