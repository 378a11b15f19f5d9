import type { Route } from '../../server/route.ts';
import type { VocodeContext } from '../context.ts';
import { partRoutes } from '../part-routes.ts';
import type { VocodeRevision } from '../revision.ts';
import { fromWebhook } from './from-domain.ts';
import { webhookSchemas } from './schema.ts';
import { toWebhook, withWebhook } from './to-domain.ts';

export function webhookRoutes(context: VocodeContext, revision: VocodeRevision): Route[] {
  const { params, update, shown } = webhookSchemas(revision);
  return partRoutes(context, revision, {
    kind: 'webhook',
    noun: 'webhook',
    name: 'Webhook',
    createSchema: params,
    updateSchema: update,
    schema: shown,
    itemSchema: shown,
    make: (body) => ({ webhook: toWebhook(body) }),
    change: ({ webhook }, body) => ({ webhook: withWebhook(webhook, body) }),
    show: fromWebhook,
    showItem: fromWebhook,
  });
}
