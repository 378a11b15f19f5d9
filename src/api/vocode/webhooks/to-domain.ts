import type { AgentWebhook } from '../../../domain/agents/agent.ts';
import { isWebhookEvent } from '../../server/webhook-events.ts';
import { compact } from '../fields.ts';
import type { WebhookParams, WebhookUpdateParams } from './schema.ts';

export function toWebhook({ url, method, subscriptions }: WebhookParams): AgentWebhook {
  return { url, method, subscriptions };
}

/** The webhook after a change: keys that are given replace, all others stay, and so do events of other dialects. */
export function withWebhook(
  current: AgentWebhook,
  { url, method, subscriptions }: WebhookUpdateParams,
): AgentWebhook {
  const foreign = current.subscriptions.filter((type) => !isWebhookEvent(type));
  return {
    ...current,
    ...compact({ url, method, subscriptions: subscriptions && [...subscriptions, ...foreign] }),
  };
}
