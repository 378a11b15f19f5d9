import * as z from 'zod';
import { callingCodeOf } from '../../../domain/orgs/dialled-number.ts';
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

/** A beginning of numbers with plus, or of short codes without. */
const PREFIX = /^(?:\+\d{0,15}|\d{1,6})$/;
const MAX_PREFIXES = 500;
const MAX_MINUTES = 10_000_000;

const outboundSchema = named(
  'OutboundPolicy',
  z.strictObject({
    allowedPrefixes: z
      .array(
        z
          .string()
          .refine((text) => PREFIX.test(text), { message: 'must be a plus and digits, or a short code' }),
      )
      .max(MAX_PREFIXES)
      .nullish()
      .meta({
        description:
          'Beginnings of the numbers that may be called; `+` is every country. Unset: the home country. Premium and satellite numbers must be named by a prefix of their own.',
      }),
    homeCountry: z
      .string()
      .refine((text) => callingCodeOf(text) !== undefined, 'must be a country of ISO 3166')
      .nullish()
      .meta({ description: "Unset: the country of the number that dials, else the exchange's setting." }),
    callsPerSecond: z.int().min(1).max(MAX_CALLS).nullish(),
    concurrentCalls: z.int().min(0).max(MAX_CALLS).nullish(),
    dailyMinutes: z.int().min(0).max(MAX_MINUTES).nullish(),
    allowEmergency: z
      .boolean()
      .nullish()
      .meta({ description: 'Lets the API, and it alone, call emergency numbers.' }),
    killSwitch: z
      .boolean()
      .nullish()
      .meta({ description: 'Refuses every outbound leg and ends those that are up.' }),
  }),
);

/** What is given replaces, null unsets, all else stays. */
export const orgChangesSchema = named(
  'UpdateOrg',
  z.strictObject({
    name: z.string().min(1).max(100).optional(),
    server: serverSchema.nullish().meta({ description: 'Takes what nothing nearer has a server for.' }),
    outbound: outboundSchema.nullish().meta({ description: 'Whom the calls of the org may go out to.' }),
    ...settings,
  }),
);

export const orgSchema = named(
  'Org',
  z.object({
    id: z.string(),
    name: z.string(),
    server: serverSchema.omit({ secret: true }).optional(),
    outbound: outboundSchema.optional(),
    usage: z.object({
      outboundMinutesToday: z.int().meta({
        description:
          'Minutes that outbound legs have begun on this day of UTC, on all processes: what `outbound.dailyMinutes` limits.',
      }),
    }),
    ...settings,
    createdAt: z.string().meta({ format: 'date-time' }),
    updatedAt: z.string().optional().meta({ format: 'date-time' }),
  }),
);

export type OrgChanges = z.output<typeof orgChangesSchema>;
