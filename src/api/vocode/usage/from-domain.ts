import type { VocodeRevision } from '../revision.ts';

const MS_PER_MINUTE = 60_000;
/** No limit, where the first revision must have a number: the largest of a 32-bit integer. */
const NO_LIMIT_MINUTES = 2_147_483_647;

export function fromUsage(revision: VocodeRevision, orgId: string, usedMs: number): Record<string, unknown> {
  return {
    user_id: orgId,
    plan_type: revision.knowsNull ? 'plan_unlimited' : 'enterprise',
    monthly_usage_minutes: Math.ceil(usedMs / MS_PER_MINUTE),
    monthly_usage_limit_minutes: revision.knowsNull ? null : NO_LIMIT_MINUTES,
  };
}
