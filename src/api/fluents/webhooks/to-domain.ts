import type { AgentWebhook } from '../../../domain/agents/agent.ts';
import { checked } from '../../server/failure.ts';
import { assign } from '../fields.ts';
import { createWebhookSchema, type WebhookBody } from './schema.ts';

/**
 * @throws {RequestInvalidError} where a required field is missing; a body that was checked as a change may lack some.
 */
export function toWebhook(body: WebhookBody): AgentWebhook {
  const { url, subscriptions } = checked(createWebhookSchema, body);
  return withWebhook({ url, subscriptions, method: 'POST' }, body);
}

/** The webhook after a change: keys that are given replace, null unsets, all others stay. */
export function withWebhook(webhook: AgentWebhook, body: WebhookBody): AgentWebhook {
  const draft = { ...webhook };
  if (body.url !== undefined) draft.url = body.url;
  if (body.subscriptions !== undefined) draft.subscriptions = body.subscriptions;
  if (body.method !== undefined) draft.method = body.method ?? 'POST';
  if (body.label !== undefined) assign(draft, 'label', body.label);
  if (body.description !== undefined) assign(draft, 'description', body.description);
  return draft;
}
