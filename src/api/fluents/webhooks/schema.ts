import * as z from 'zod';
import { pageSchema } from '../../server/pages.ts';
import { WEBHOOK_EVENTS } from '../../server/webhook-events.ts';
import { named } from '../components.ts';
import { description, label, serverUrl } from '../fields.ts';

/** Vocode's kinds of events, and the one that this API adds. */
const EVENT_TYPES = [...WEBHOOK_EVENTS, 'event_error'] as const;
/** More than there are kinds, so that a repeated one does no harm. */
const MAX_SUBSCRIPTIONS = 50;

const keys = {
  subscriptions: z.array(z.enum(EVENT_TYPES)).max(MAX_SUBSCRIPTIONS),
  url: serverUrl(),
  method: z.enum(['GET', 'POST']).nullish(),
  label: label().nullish(),
  description: description().nullish(),
};

export const createWebhookSchema = named('CreateWebhookBody', z.object(keys));

/** Without a URL there is no webhook, so that neither of its two required fields can be unset. */
export const updateWebhookSchema = named(
  'UpdateWebhookBody',
  z.object({ ...keys, subscriptions: keys.subscriptions.optional(), url: keys.url.optional() }),
);

export type WebhookBody = z.output<typeof updateWebhookSchema>;

export const webhookSchema = named(
  'WebhookDto',
  z.looseObject({
    id: z.string(),
    user_id: z.string(),
    subscriptions: z.array(z.string()),
    url: z.string(),
    method: z.enum(['GET', 'POST']),
  }),
);

export const webhookPageSchema = named('WebhookPage', pageSchema(webhookSchema));
