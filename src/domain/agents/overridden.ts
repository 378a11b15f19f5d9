import type { Agent, AgentOverrides, BrainSettings } from './agent.ts';

/** The agent with overrides laid over it: each field that is given replaces the whole field. */
export function overridden(agent: Agent, overrides: AgentOverrides | undefined): Agent {
  if (!overrides) return agent;
  const { fields, extras, appendedTools = [] } = overrides;
  const merged: Agent = { ...agent, ...fields };
  if (extras) merged.extras = { ...agent.extras, vapi: { ...agent.extras.vapi, ...extras.vapi } };
  if (appendedTools.length > 0) {
    const brain: BrainSettings = merged.brain ?? {
      provider: 'offhook',
      messages: [],
      tools: [],
      toolIds: [],
      settings: {},
    };
    merged.brain = { ...brain, tools: [...brain.tools, ...appendedTools] };
  }
  return merged;
}
