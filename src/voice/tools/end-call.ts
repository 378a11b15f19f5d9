import type { AgentTool } from '../../domain/agents/agent.ts';
import type { LineTool } from './contract.ts';

const DESCRIPTION = 'Ends the phone call. Use it once the caller has said goodbye or needs nothing more.';

/** `endCall`: hangs up after all that was said has been heard. */
export function endCallTool(tool: AgentTool): LineTool {
  return {
    kind: 'line',
    tool,
    definition: {
      ...tool,
      name: tool.name ?? 'endCall',
      description: tool.description ?? DESCRIPTION,
      parameters: tool.parameters ?? { type: 'object', properties: {} },
    },
    run(_input, line) {
      line.endCall();
      return { content: 'The call ends now.', endsTurn: true };
    },
  };
}
