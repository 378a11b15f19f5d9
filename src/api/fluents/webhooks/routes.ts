import { partResource } from '../../server/part-resource.ts';
import type { Route } from '../../server/route.ts';
import type { FluentsContext } from '../context.ts';
import { resourceRoutes } from '../resource-routes.ts';
import { fromWebhook } from './from-domain.ts';
import {
  createWebhookSchema,
  updateWebhookSchema,
  type WebhookBody,
  webhookPageSchema,
  webhookSchema,
} from './schema.ts';
import { toWebhook, withWebhook } from './to-domain.ts';

export function webhookRoutes(context: FluentsContext): Route[] {
  return resourceRoutes({
    noun: 'webhook',
    createSchema: createWebhookSchema,
    updateSchema: updateWebhookSchema,
    schema: webhookSchema,
    pageSchema: webhookPageSchema,
    ...partResource(context, 'webhook', {
      make: (body: WebhookBody) => ({ webhook: toWebhook(body) }),
      change: ({ webhook }, body: WebhookBody) => ({ webhook: withWebhook(webhook, body) }),
    }),
    show: fromWebhook,
  });
}
