import * as z from 'zod';
import { named } from '../errors.ts';
import { instant } from '../schema.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
/** Longest id, type or URL that is looked for, in characters. */
const MAX_ID_LENGTH = 100;
const MAX_URL_LENGTH = 4_096;

const id = () => z.string().min(1).max(MAX_ID_LENGTH);
const url = () => z.url({ protocol: /^https?$/ }).max(MAX_URL_LENGTH);
const status = () => z.enum(['pending', 'delivered', 'dead']);

export const deliveryParams = z.object({ id: id() });

export const listDeliveriesQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
  cursor: z.coerce.number().int().min(0).optional().meta({ description: '`nextCursor` of the page before.' }),
  status: status().optional(),
  type: id().optional(),
  callId: id().optional(),
  endpoint: url().optional().meta({ description: 'URL of the server.' }),
});

export const replayDeliveriesSchema = named(
  'ReplayDeliveries',
  z.strictObject({
    status: z.enum(['dead', 'delivered']),
    endpoint: url().optional().meta({ description: 'URL of the server.' }),
    type: id().optional(),
    since: z.iso.datetime({ offset: true }).optional().meta({
      description: 'Only messages written at this instant or later.',
    }),
  }),
);

export const resumeEndpointSchema = named('ResumeEndpoint', z.strictObject({ url: url() }));

export const deliverySchema = named(
  'Delivery',
  z.object({
    id: z.string().meta({ description: 'Also the webhook-id header of every attempt.' }),
    callId: z.string().optional(),
    type: z.string(),
    endpoint: z.string(),
    status: status(),
    attemptCount: z.int(),
    createdAt: instant(),
    nextAttemptAt: instant().optional(),
    deliveredAt: instant().optional(),
    replayedAt: instant().optional(),
  }),
);

export const deliveryDetailSchema = named(
  'DeliveryDetail',
  deliverySchema.extend({
    attempts: z.array(
      z.object({
        at: instant(),
        durationMs: z.number(),
        status: z.int().optional(),
        error: z.string().optional(),
      }),
    ),
    body: z.string().meta({ description: 'The JSON text that is posted.' }),
  }),
);

export const deliveryPageSchema = named(
  'DeliveryPage',
  z.object({ items: z.array(deliverySchema), nextCursor: z.int().optional() }),
);

export const replayedSchema = named('Replayed', z.object({ replayed: z.int() }));

export const endpointSchema = named(
  'Endpoint',
  z.object({
    url: z.string(),
    pending: z.int().meta({ description: 'Messages that wait.' }),
    consecutiveFailures: z.int(),
    firstFailureAt: instant().optional(),
    lastSuccessAt: instant().optional(),
    lastError: z.string().optional(),
    pausedUntil: instant().optional().meta({ description: 'Nothing is sent before this instant.' }),
  }),
);
