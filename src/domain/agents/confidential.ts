import type { Agent } from './agent.ts';

/** Whether nothing of what is said with this agent may be kept (the vendor's `compliancePlan.hipaaEnabled`). */
export function keepsNothing({ extras }: Pick<Agent, 'extras'>): boolean {
  const plan = extras.vapi?.compliancePlan;
  return typeof plan === 'object' && plan !== null && 'hipaaEnabled' in plan && plan.hipaaEnabled === true;
}
