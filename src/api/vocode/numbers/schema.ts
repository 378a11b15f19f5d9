import * as z from 'zod';
import { agentSchemas } from '../agents/schema.ts';
import { clearable, flag, given, identityShape, uuid } from '../fields.ts';
import { named, perRevision } from '../revision.ts';
import { slot } from '../slots.ts';

const MAX_NUMBER_LENGTH = 255;
const MAX_VARIABLES = 1000;

const phoneNumber = z.string().min(1).max(MAX_NUMBER_LENGTH);
const telephonyProvider = z.enum(['vonage', 'twilio']);
const exampleContext = z
  .record(z.string(), z.string())
  .refine((context) => Object.keys(context).length <= MAX_VARIABLES, {
    message: `must have no more than ${MAX_VARIABLES} variables`,
  });

export const numberQuery = z.object({ phone_number: phoneNumber });

export const numberSchemas = perRevision((revision) => {
  const agents = agentSchemas(revision);
  /** Who answers a number that comes; `default` makes an agent. */
  const firstAgent = z.union([uuid(), z.literal('default'), agents.params]).nullish();
  const inboundAgent = slot(agents.update);
  const shape = {
    ...identityShape,
    active: z.boolean().default(true),
    label: z.string().default(''),
    outbound_only: z.boolean().default(false),
    example_context: z.record(z.string(), z.string()).nullish(),
    number: z.string(),
    telephony_provider: telephonyProvider.default('vonage'),
  };
  const update = z.object({
    outbound_only: given(flag()),
    example_context: clearable(revision, exampleContext),
    label: given(z.string()),
    // An object without a field changes nothing; the first revision wants it there all the same.
    inbound_agent: clearable(revision, inboundAgent),
  });
  return {
    update: named(
      revision,
      'UpdateNumberRequest',
      revision.agentRequired
        ? (update.extend({
            inbound_agent: inboundAgent.refine((value) => value !== null),
          }) as unknown as typeof update)
        : update,
    ),
    buy: named(
      revision,
      'BuyPhoneNumberRequest',
      z.object({
        area_code: z.string().nullish(),
        telephony_provider: telephonyProvider.default('vonage'),
        telephony_account_connection: uuid().nullish(),
        inbound_agent: firstAgent,
      }),
    ),
    link: named(
      revision,
      'LinkPhoneNumberRequest',
      z.object({
        phone_number: phoneNumber,
        telephony_account_connection: uuid(),
        outbound_only: flag().default(false),
        inbound_agent: firstAgent,
      }),
    ),
    shown: named(
      revision,
      'PhoneNumber',
      z.object({
        ...shape,
        inbound_agent: agents.shown.nullish(),
        telephony_account_connection: z.record(z.string(), z.unknown()).nullish(),
      }),
    ),
    listed: named(
      revision,
      'NormalizedPhoneNumber',
      z.object({
        ...shape,
        inbound_agent: z.guid().nullish(),
        telephony_account_connection: z.guid().nullish(),
      }),
    ),
  };
});

type Schemas = ReturnType<typeof numberSchemas>;
export type UpdateNumberBody = z.output<Schemas['update']>;
export type LinkNumberBody = z.output<Schemas['link']>;
export type BuyNumberBody = z.output<Schemas['buy']>;
