import * as z from 'zod';
import { pageSchema } from '../../server/pages.ts';
import { named } from '../components.ts';
import { description, label, serverUrl } from '../fields.ts';

const MAX_SUBSCRIPTIONS = 50;
const MAX_EVENT_LENGTH = 100;

const keys = {
  subscriptions: z.array(z.string().max(MAX_EVENT_LENGTH)).max(MAX_SUBSCRIPTIONS),
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
