import type { PartOf } from '../../../domain/parts/part.ts';

export function fromWebhook({ id, orgId, webhook }: PartOf<'webhook'>): Record<string, unknown> {
  const { subscriptions, url, method } = webhook;
  return { id, user_id: orgId, subscriptions, url, method };
}
