import type { Agent, AgentOverrides } from './agent.ts';
import { BLANK_BRAIN } from './blank-brain.ts';

/** The agent with overrides laid over it: each field that is given replaces the whole field. */
export function overridden(agent: Agent, overrides: AgentOverrides | undefined): Agent {
  if (!overrides) return agent;
  const { fields, extras, appendedTools = [] } = overrides;
  const merged: Agent = { ...agent, ...fields };
  if (extras) merged.extras = { ...agent.extras, vapi: { ...agent.extras.vapi, ...extras.vapi } };
  if (appendedTools.length > 0) {
    const brain = merged.brain ?? BLANK_BRAIN;
    merged.brain = { ...brain, tools: [...brain.tools, ...appendedTools] };
  }
  return merged;
}
