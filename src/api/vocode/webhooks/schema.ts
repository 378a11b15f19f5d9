import * as z from 'zod';
import { given, identityShape, nested, serverUrl } from '../fields.ts';
import { named, perRevision } from '../revision.ts';

/** All kinds of events, of every revision. `event_machine_detection` is the older name of `event_human_detection`. */
export const EVENT_TYPES = [
  'event_message',
  'event_action',
  'event_phone_call_connected',
  'event_phone_call_ended',
  'event_phone_call_did_not_connect',
  'event_transcript',
  'event_recording',
  'event_human_detection',
  'event_machine_detection',
] as const;
/** More than there are kinds, so that a repeated one does no harm. */
const MAX_SUBSCRIPTIONS = 100;

const eventTypes = z.array(z.enum(EVENT_TYPES)).max(MAX_SUBSCRIPTIONS);
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
