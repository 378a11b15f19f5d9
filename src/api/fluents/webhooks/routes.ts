import { newId } from '../../../lib/ids.ts';
import type { Route } from '../../server/route.ts';
import type { FluentsContext } from '../context.ts';
import { resourceRoutes } from '../resource-routes.ts';
import { fromWebhook } from './from-domain.ts';
import { createWebhookSchema, updateWebhookSchema, webhookPageSchema, webhookSchema } from './schema.ts';
import { toWebhook, withWebhook } from './to-domain.ts';

export function webhookRoutes({ parts, clock }: FluentsContext): Route[] {
  return resourceRoutes({
    noun: 'webhook',
    createSchema: createWebhookSchema,
    updateSchema: updateWebhookSchema,
    schema: webhookSchema,
    pageSchema: webhookPageSchema,
    get: (orgId, id) => parts.get(orgId, 'webhook', id),
    page: (orgId, query) => parts.page(orgId, 'webhook', query),
    async create(orgId, body) {
      const now = clock.now();
      const webhook = toWebhook(body);
      const part = {
        id: newId(now),
        orgId,
        kind: 'webhook',
        webhook,
        createdAt: now,
        updatedAt: now,
      } as const;
      await parts.insert(part);
      return part;
    },
    update: (orgId, id, body) =>
      parts.update(orgId, 'webhook', id, (part) => ({
        ...part,
        webhook: withWebhook(part.webhook, body),
        updatedAt: clock.now(),
      })),
    remove: (orgId, id) => parts.remove(orgId, 'webhook', id),
    show: fromWebhook,
  });
}
