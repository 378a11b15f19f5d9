import * as z from 'zod';
import { backoffPlanKeys, serverKeys, serverSettings } from '../../server/customer-server.ts';
import { named } from '../components.ts';
import { socketUrl } from '../fields.ts';

const backoffPlanSchema = named('BackoffPlan', z.strictObject(backoffPlanKeys));

/** Where the customer takes events. */
export const serverSchema = named(
  'Server',
  z.strictObject({ ...serverKeys, backoffPlan: backoffPlanSchema.nullish() }),
);

/**
 * The server of a custom voice or transcriber, which may be a WebSocket: kept as it came, so a secret could not be
 * hidden in it.
 */
export const providerServerSchema = z.strictObject({
  url: socketUrl().nullish(),
  ...serverSettings,
  backoffPlan: backoffPlanSchema.nullish(),
});
