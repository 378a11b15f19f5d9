import * as z from 'zod';
import { WEBHOOK_EVENTS } from '../../server/webhook-events.ts';
import { given, identityShape, nested, serverUrl } from '../fields.ts';
import { named, perRevision } from '../revision.ts';

/** More than there are kinds, so that a repeated one does no harm. */
const MAX_SUBSCRIPTIONS = 100;

const eventTypes = z.array(z.enum(WEBHOOK_EVENTS)).max(MAX_SUBSCRIPTIONS);
const method = z.enum(['GET', 'POST']);

const paramsShape = { subscriptions: eventTypes, url: serverUrl(), method: method.default('POST') };
const updateShape = {
  subscriptions: given(eventTypes),
  url: given(serverUrl()),
  method: given(method),
};

export const webhookSchemas = perRevision((revision) => ({
  params: named(revision, 'WebhookParams', z.object(paramsShape)),
  update: named(revision, 'WebhookUpdateParams', nested(updateShape)),
  shown: named(revision, 'Webhook', z.object({ ...identityShape, ...paramsShape })),
}));

type Schemas = ReturnType<typeof webhookSchemas>;
export type WebhookParams = z.output<Schemas['params']>;
export type WebhookUpdateParams = z.output<Schemas['update']>;
