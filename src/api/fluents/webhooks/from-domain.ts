import type { AgentWebhook } from '../../../domain/agents/agent.ts';
import type { PartOf } from '../../../domain/parts/part.ts';

type Json = Record<string, unknown>;

/** The vendor's shape of a stored webhook. */
export function fromWebhook({ id, orgId, webhook }: PartOf<'webhook'>): Json {
  return { id, user_id: orgId, ...fromWebhookValue(webhook) };
}

/** The same of a webhook that has no row, as in the agent of a call that is over. */
export function fromWebhookValue(webhook: AgentWebhook): Json {
  return { ...webhook };
}
