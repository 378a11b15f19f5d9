import * as z from 'zod';
import { assistantBodySchema, overridesSchema } from '../assistants/schema.ts';
import { named } from '../components.ts';
import { numberProblem } from '../destinations/schema.ts';
import { anyObject, instant, sipUri, uuid } from '../fields.ts';
import { importTwilioNumberSchema } from '../phone-numbers/schema.ts';
import { squadBodySchema } from '../squads/schema.ts';
import { callSchema } from './schema.ts';

const MAX_NAME_LENGTH = 40;
const MAX_VERSION_LENGTH = 40;
/** Calls ordered by one request: each of them is a row and a judgement before the answer. */
const MAX_CUSTOMERS = 1_000;
/** Keys of a telephone, which are all that can be pressed. */
const EXTENSION = /^[0-9*#A-Da-d]+$/;

const customerSchema = named(
  'CreateCustomerDTO',
  z
    .strictObject({
      number: z.string().min(3).max(40).nullish(),
      numberE164CheckEnabled: z.boolean().nullish(),
      sipUri: sipUri().nullish(),
      extension: z
        .string()
        .max(10)
        .refine((text) => EXTENSION.test(text), { message: 'must be keys of a telephone' })
        .nullish(),
      name: z.string().max(MAX_NAME_LENGTH).nullish(),
      email: z.string().max(40).nullish(),
      externalId: z.string().max(40).nullish(),
      assistantOverrides: overridesSchema.nullish(),
      squadOverrides: overridesSchema.nullish(),
    })
    .superRefine(({ number, sipUri: uri, numberE164CheckEnabled }, context) => {
      const problem = number ? numberProblem(number, numberE164CheckEnabled ?? true) : undefined;
      if (problem) context.addIssue({ code: 'custom', path: ['number'], message: problem });
      if (!number && !uri)
        context.addIssue({ code: 'custom', path: ['number'], message: 'must be given, or `sipUri`' });
    }),
);

const schedulePlanSchema = named(
  'SchedulePlan',
  z
    .strictObject({ earliestAt: instant(), latestAt: instant().nullish() })
    .superRefine(({ earliestAt, latestAt }, context) => {
      if (latestAt && Date.parse(latestAt) < Date.parse(earliestAt))
        context.addIssue({ code: 'custom', path: ['latestAt'], message: 'must not be before earliestAt' });
    }),
);

export const createCallSchema = named(
  'CreateCallDTO',
  z.strictObject({
    name: z.string().max(MAX_NAME_LENGTH).nullish(),
    assistantId: uuid().nullish(),
    assistant: assistantBodySchema.nullish(),
    assistantOverrides: overridesSchema.nullish(),
    assistantVersion: z.string().max(MAX_VERSION_LENGTH).nullish(),
    squadId: uuid().nullish(),
    squad: squadBodySchema.nullish(),
    squadOverrides: overridesSchema.nullish(),
    workflowId: uuid().nullish(),
    workflow: anyObject().nullish(),
    workflowOverrides: anyObject().nullish(),
    phoneNumberId: uuid().nullish(),
    phoneNumber: importTwilioNumberSchema.nullish(),
    customerId: z.string().max(MAX_NAME_LENGTH).nullish(),
    customer: customerSchema.nullish(),
    customers: z.array(customerSchema).min(1).max(MAX_CUSTOMERS).nullish(),
    schedulePlan: schedulePlanSchema.nullish(),
    transport: anyObject().nullish(),
  }),
);

const limitsSchema = named(
  'SubscriptionLimits',
  z.object({
    concurrencyBlocked: z.boolean(),
    concurrencyLimit: z.number().optional(),
    remainingConcurrentCalls: z.number().optional(),
  }),
);

const placedCallSchema = named(
  'PlacedCall',
  z.object({ ...callSchema.shape, subscriptionLimits: limitsSchema }),
);

const callBatchSchema = named(
  'CallBatchResponse',
  z.object({
    results: z.array(callSchema),
    errors: z.array(z.object({ customer: anyObject(), error: z.string() })),
    subscriptionLimits: limitsSchema,
  }),
);

/** One call, or one for each of `customers`. */
export const createdCallSchema = named('CreatedCall', z.union([placedCallSchema, callBatchSchema]));

export type CreateCallBody = z.output<typeof createCallSchema>;
export type CustomerBody = z.output<typeof customerSchema>;
