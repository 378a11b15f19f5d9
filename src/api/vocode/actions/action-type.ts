import type { AgentTool } from '../../../domain/agents/agent.ts';
import type { ActionType } from './schema.ts';

/** The tool of the domain that does what an action does. */
export const TOOL_TYPES: Readonly<Record<ActionType, string>> = {
  action_transfer_call: 'transferCall',
  action_end_conversation: 'endCall',
  action_dtmf: 'dtmf',
  action_add_to_conference: 'addToConference',
  action_set_hold: 'setHold',
  action_external: 'external',
};

const ACTION_TYPES: Readonly<Record<string, ActionType>> = {
  ...Object.fromEntries(Object.entries(TOOL_TYPES).map(([action, tool]) => [tool, action as ActionType])),
  handoff: 'action_transfer_call',
};

/** The vendor's type of a tool; whatever it has no name for is shown as an external action. */
export function typeOf({ type }: Pick<AgentTool, 'type'>): ActionType {
  return (Object.hasOwn(ACTION_TYPES, type) ? ACTION_TYPES[type] : undefined) ?? 'action_external';
}
