import type { AgentTool } from '../../domain/agents/agent.ts';
import type { LineTool } from './contract.ts';

const DESCRIPTION =
  'Lets the caller wait to music while you say nothing. It ends as soon as the caller says something.';

/** `setHold`: music for the caller once all that was said has been heard, until the caller or the agent speaks. */
export function setHoldTool(tool: AgentTool): LineTool {
  return {
    kind: 'line',
    tool,
    definition: {
      ...tool,
      name: tool.name ?? 'setHold',
      description: tool.description ?? DESCRIPTION,
      parameters: tool.parameters ?? { type: 'object', properties: {} },
    },
    run(_input, line) {
      line.holdCaller();
      return { content: 'The caller waits to music now.', unspoken: true };
    },
  };
}
