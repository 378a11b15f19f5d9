import type { Agent } from './agent.ts';

/** Whether nothing of what is said with this agent may be kept (the vendor's `compliancePlan.hipaaEnabled`). */
export function keepsNothing({ extras }: Pick<Agent, 'extras'>): boolean {
  const plan = extras.vapi?.compliancePlan;
  return typeof plan === 'object' && plan !== null && 'hipaaEnabled' in plan && plan.hipaaEnabled === true;
}

/** The agent as the record of a call keeps it: never with a vendor's key, nor with its prompt where nothing may be kept. */
export function recordedAgent({ vendorKeys: _, ...agent }: Agent, { isConfidential = false } = {}): Agent {
  return isConfidential && agent.brain ? { ...agent, brain: { ...agent.brain, messages: [] } } : agent;
}
