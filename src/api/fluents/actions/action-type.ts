import type { AgentTool, ToolDestination } from '../../../domain/agents/agent.ts';
import type { ActionType } from './schema.ts';

const TYPES: Readonly<Record<string, ActionType>> = {
  transferCall: 'action_transfer_call',
  handoff: 'action_transfer_call',
  addToConference: 'action_add_to_conference',
  setHold: 'action_set_hold',
  endCall: 'action_end_conversation',
  dtmf: 'action_dtmf',
};

/** The vendor's type of a tool; whatever it has no name for is an external action. */
export function typeOf({ type, destinations }: AgentTool): ActionType {
  const known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (known === 'action_transfer_call' && isWarm(destinations?.[0])) return 'action_warm_transfer';
  return known ?? 'action_external';
}

/** Whether somebody is spoken to before the caller comes to him. */
export function isWarm(destination: ToolDestination | undefined): boolean {
  if (destination?.type !== 'number' && destination?.type !== 'sip') return false;
  return destination.transferPlan?.mode.startsWith('warm-transfer') ?? false;
}
