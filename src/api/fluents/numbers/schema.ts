import * as z from 'zod';
import { pageSchema } from '../../server/pages.ts';
import { agentSlotSchema, inlineAgentSchema } from '../agents/schema.ts';
import { named } from '../components.ts';
import { anyObject, description, idText, label, phoneNumber, tags } from '../fields.ts';

const MAX_NUMBER_LENGTH = 200;
const MAX_CONTEXT_VALUES = 200;
const MAX_FILTERS_LENGTH = 10_000;
const MAX_OFFERED = 1000;

/** The vendor's pages look numbers up by the number; clients of it by the id as well. */
export const numberQuery = z
  .object({
    phone_number: z.string().min(1).max(MAX_NUMBER_LENGTH).optional(),
    id: idText().optional(),
  })
  .refine(({ phone_number, id }) => phone_number !== undefined || id !== undefined, {
    path: ['phone_number'],
    error: 'should not be empty',
  });

export type NumberKey = z.output<typeof numberQuery>;

/** Sample values of the prompt's variables; what is not text is written as text. */
const exampleContext = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
  .refine((context) => Object.keys(context).length <= MAX_CONTEXT_VALUES, {
    error: `must have no more than ${MAX_CONTEXT_VALUES} keys`,
  });

/** An agent by its id, or given in place. */
const inboundAgent = z.union([agentSlotSchema, inlineAgentSchema]);

export const updateNumberSchema = named(
  'UpdateNumberDto',
  z.object({
    label: label().nullish(),
    outbound_only: z.boolean().nullish(),
    description: description().nullish(),
    tags: tags().nullish(),
    inbound_agent: inboundAgent.nullish(),
    example_context: exampleContext.nullish(),
  }),
);

export type UpdateNumberBody = z.output<typeof updateNumberSchema>;

/** The page types the provider as an object and shows a name. */
const telephonyProvider = z.union([z.string().max(100), anyObject()]);

export const buyNumberSchema = named(
  'BuyNumberDto',
  z.object({
    area_code: z.string().max(10).nullish(),
    phone_number: phoneNumber().nullish(),
    telephony_provider: telephonyProvider.nullish(),
    telephony_account_connection: idText().nullish(),
    inbound_agent: z.string().max(MAX_NUMBER_LENGTH).nullish(),
  }),
);

export const linkNumberSchema = named(
  'LinkNumberDto',
  z.object({
    phone_number: phoneNumber(),
    telephony_account_connection: idText(),
    outbound_only: z.boolean().nullish(),
    inbound_agent: inboundAgent.nullish(),
  }),
);

export type LinkNumberBody = z.output<typeof linkNumberSchema>;

export const availableQuery = z.object({
  limit: z
    .string()
    .regex(/^\d{1,6}$/)
    .transform(Number)
    .pipe(z.number().min(1).max(MAX_OFFERED))
    .optional(),
  telephony_provider: z.string().max(100).optional(),
  telephony_account_connection: idText().optional(),
  filters: z.string().max(MAX_FILTERS_LENGTH).optional(),
});

const shown = {
  id: z.string(),
  user_id: z.string(),
  number: z.string(),
  active: z.boolean(),
  label: z.string(),
  outbound_only: z.boolean(),
  telephony_provider: z.string(),
};

/** With the agent and the account as objects. */
export const numberSchema = named('NumberDto', z.looseObject(shown));
/** With the agent and the account as ids. */
export const normalizedNumberSchema = named('NormalizedNumberDto', z.looseObject(shown));
export const numberPageSchema = named('NumberPage', pageSchema(numberSchema));
