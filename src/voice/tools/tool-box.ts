import type { AgentTool } from '../../domain/agents/agent.ts';
import type { LiveTool } from './contract.ts';
import { decideTransferTool } from './decide-transfer.ts';
import { dtmfTool } from './dtmf.ts';
import { endCallTool } from './end-call.ts';
import { isExchangeTool } from './exchange-tools.ts';
import { conferenceTool, handoffTool, transferTool } from './move-tool.ts';
import { setHoldTool } from './set-hold.ts';

type Maker = (tool: AgentTool) => LiveTool;

/** Tools that need nothing but the line. */
const LINE_TOOLS: Readonly<Record<string, Maker>> = {
  endCall: endCallTool,
  dtmf: dtmfTool,
  transferSuccessful: decideTransferTool,
  transferCancel: decideTransferTool,
};
/** Tools that ask something of the call beyond it. */
const CALL_TOOLS: Readonly<Record<string, Maker>> = {
  transferCall: transferTool,
  handoff: handoffTool,
  addToConference: conferenceTool,
  setHold: setHoldTool,
};

/** A tool that runs when the agent has said something; the model is not told of it. */
export interface TriggeredTool {
  /** By which the box finds it. */
  name: string;
  phrases: string[];
}

/** The tools of one agent that can be run here. */
export interface ToolBox {
  /** What the model is told of: only tools that work. */
  readonly definitions: AgentTool[];
  readonly triggered: TriggeredTool[];
  /** Types of the agent's tools that cannot be run and are kept from the model. */
  readonly unavailable: string[];
  /** Whether the agent has a tool of this type that can be run. */
  has(type: string): boolean;
  /** @param name as the model knows it. */
  find(name: string): LiveTool | undefined;
}

/** @param withActions whether the call offers more than the line: servers, transfers, handoffs. */
export function createToolBox(tools: readonly AgentTool[], withActions: boolean): ToolBox {
  const byName = new Map<string, LiveTool>();
  const definitions: AgentTool[] = [];
  const triggered: TriggeredTool[] = [];
  const unavailable: string[] = [];
  for (const tool of tools) {
    const live = makerOf(tool, withActions)?.(tool);
    if (!live?.definition.name) {
      unavailable.push(tool.type);
      continue;
    }
    const definition = { ...live.definition, name: freeName(live.definition.name, byName) };
    byName.set(definition.name, { ...live, definition });
    const phrases = (tool.phraseTriggers ?? []).map(({ phrase }) => phrase);
    if (phrases.length > 0) triggered.push({ name: definition.name, phrases });
    else definitions.push(definition);
  }
  return {
    definitions,
    triggered,
    unavailable,
    has: (type) => [...byName.values()].some(({ tool }) => tool.type === type),
    find: (name) => byName.get(name),
  };
}

/** Two transfers of one agent have the same name of their own: the model must tell them apart. */
function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${name}_${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function makerOf(tool: AgentTool, withActions: boolean): Maker | undefined {
  if (Object.hasOwn(LINE_TOOLS, tool.type)) return LINE_TOOLS[tool.type];
  if (!withActions) return undefined;
  if (Object.hasOwn(CALL_TOOLS, tool.type)) return CALL_TOOLS[tool.type];
  if (isExchangeTool(tool)) return quietTool;
  if (tool.external) return tool.external.speakOnSend ? serverTool : quietTool;
  const served = tool.type === 'function' || tool.server?.url !== undefined;
  return served ? serverTool : undefined;
}

function serverTool(tool: AgentTool): LiveTool {
  return { kind: 'server', tool, definition: tool };
}

function quietTool(tool: AgentTool): LiveTool {
  return { kind: 'server', tool, definition: tool, quiet: true };
}
