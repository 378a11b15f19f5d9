import * as z from 'zod';
import { backoffPlanKeys, serverKeys } from '../../server/customer-server.ts';
import { named } from '../errors.ts';

const MAX_CALLS = 100_000;
const MAX_WAITING = 10_000;
/** Seconds in the queue; a carrier ends a call that rings for longer than this of its own. */
const MAX_WAIT_SECONDS = 3600;
/** Milliseconds before the answer; most carriers give up after a minute of ringing. */
const MAX_RING_DELAY_MS = 60_000;

const serverSchema = named(
  'Server',
  z.strictObject({ ...serverKeys, backoffPlan: z.strictObject(backoffPlanKeys).nullish() }),
);

const settings = {
  concurrencyLimit: z
    .int()
    .min(1)
    .max(MAX_CALLS)
    .nullish()
    .meta({ description: 'Calls at once on one exchange process; unset: no limit of its own.' }),
  queue: z
    .strictObject({
      maxCalls: z.int().min(1).max(MAX_WAITING),
      maxWaitSeconds: z.int().min(1).max(MAX_WAIT_SECONDS),
    })
    .nullish()
    .meta({ description: 'Where callers wait while all lines are taken; unset: they are refused as busy.' }),
  holdSound: z
    .enum(['ringing', 'music'])
    .nullish()
    .meta({ description: 'What a caller hears who is not answered yet.' }),
  ringDelayMs: z
    .int()
    .min(0)
    .max(MAX_RING_DELAY_MS)
    .nullish()
    .meta({ description: "Milliseconds a call rings before it is answered; unset: the exchange's setting." }),
  durableRetries: z
    .boolean()
    .nullish()
    .meta({ description: "Failed deliveries are tried for more than a day beyond a server's backoffPlan." }),
};

/** What is given replaces, null unsets, all else stays. */
export const orgChangesSchema = named(
  'UpdateOrg',
  z.strictObject({
    name: z.string().min(1).max(100).optional(),
    server: serverSchema.nullish().meta({ description: 'Takes what nothing nearer has a server for.' }),
    ...settings,
  }),
);

export const orgSchema = named(
  'Org',
  z.object({
    id: z.string(),
    name: z.string(),
    server: serverSchema.omit({ secret: true }).optional(),
    ...settings,
    createdAt: z.string().meta({ format: 'date-time' }),
    updatedAt: z.string().optional().meta({ format: 'date-time' }),
  }),
);

export type OrgChanges = z.output<typeof orgChangesSchema>;
