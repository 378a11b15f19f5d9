import type { PartOf } from '../../../domain/parts/part.ts';
import { isWebhookEvent } from '../../server/webhook-events.ts';

/** Without the events that its documents do not know, which another dialect subscribed to. */
export function fromWebhook({ id, orgId, webhook }: PartOf<'webhook'>): Record<string, unknown> {
  const { url, method } = webhook;
  const subscriptions = webhook.subscriptions.filter(isWebhookEvent);
  return { id, user_id: orgId, subscriptions, url, method };
}
