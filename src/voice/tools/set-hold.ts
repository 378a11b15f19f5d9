import type { AgentTool } from '../../domain/agents/agent.ts';
import type { LineTool } from './contract.ts';

const DESCRIPTION = [
  'Lets the caller wait to music while you say nothing. It ends as soon as the caller says something.',
  'While the caller waits and you talk to somebody else who was called, it brings the caller to the two of you.',
].join(' ');

/** What the model is told of it. */
const RESULTS = {
  waits: 'The caller waits to music now.',
  joins: 'The caller is off hold: the caller, you and whoever was called hear each other.',
} as const;

/**
 * `setHold`: music for the caller once all that was said has been heard, until the caller or the agent speaks; or the end of
 * that hold on which a conference has put the caller (docs.vocode.dev, warm transfer).
 */
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
      return { content: RESULTS[line.holdCaller()], unspoken: true };
    },
  };
}
