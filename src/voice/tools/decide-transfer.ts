import type { AgentTool } from '../../domain/agents/agent.ts';
import type { LineTool } from './contract.ts';

/** The two tools of a transfer assistant (docs.vapi.ai), by which it says whether the operator takes the call. */
export type TransferDecision = 'transferSuccessful' | 'transferCancel';

const DESCRIPTIONS: Readonly<Record<TransferDecision, string>> = {
  transferSuccessful: 'Connects the caller. Use it once a person has answered and takes the call.',
  transferCancel:
    'Gives the transfer up, and the caller goes back. Use it where a machine has answered, or the person does not take the call.',
};

const NOTHING = { type: 'object', properties: {} };
/** Why it was given up: what the record of the transfer says. */
const REASON = {
  type: 'object',
  properties: {
    reason: { type: 'string', enum: ['voicemail', 'declined', 'busy', 'no-answer'], description: 'Why.' },
  },
};

/** Ends the conversation with the operator once all that was said has been heard; whoever runs it reads which was called. */
export function decideTransferTool(tool: AgentTool): LineTool {
  const type = tool.type as TransferDecision;
  return {
    kind: 'line',
    tool,
    definition: {
      ...tool,
      name: tool.name ?? type,
      description: tool.description ?? DESCRIPTIONS[type],
      parameters: tool.parameters ?? (type === 'transferCancel' ? REASON : NOTHING),
    },
    run(_input, line) {
      line.endCall();
      return { content: 'It is done.', endsTurn: true };
    },
  };
}
