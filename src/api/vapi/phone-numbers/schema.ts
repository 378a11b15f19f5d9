import * as z from 'zod';
import { named } from '../components.ts';
import { destinationSchema, numberProblem } from '../destinations/schema.ts';
import { headerText, instant, sipUri, uuid } from '../fields.ts';
import { serverSchema } from '../servers/schema.ts';
import { hooksSchema } from './hook-schema.ts';

const MAX_ACCOUNT_TEXT_LENGTH = 200;

const shared = {
  name: z.string().max(40).nullish(),
  assistantId: uuid().nullish(),
  squadId: uuid().nullish(),
  workflowId: uuid().nullish(),
  server: serverSchema.nullish(),
  fallbackDestination: destinationSchema.nullish(),
  hooks: hooksSchema.nullish(),
};

const e164 = () =>
  z
    .string()
    .max(40)
    .superRefine((text, context) => {
      const problem = numberProblem(text, true);
      if (problem) context.addIssue({ code: 'custom', message: problem });
    });

const secretText = () => z.string().min(1).max(MAX_ACCOUNT_TEXT_LENGTH).meta({ writeOnly: true });

/** Checked together with `numberE164CheckEnabled`, which on a change may be the stored one. */
const byoNumber = () => z.string().min(3).max(40);

const sipAuthenticationSchema = named(
  'SipAuthentication',
  z.strictObject({
    realm: headerText(255).nullish(),
    username: headerText(40).min(20),
    password: z.string().min(20).max(40).meta({ writeOnly: true }),
  }),
);

const twilio = {
  smsEnabled: z.boolean().nullish(),
  twilioAuthToken: secretText().nullish(),
  twilioApiKey: secretText().nullish(),
  twilioApiSecret: secretText().nullish(),
};
const accountSid = () => z.string().min(1).max(MAX_ACCOUNT_TEXT_LENGTH);

/** A number that is given with a call, under the name that the vendor's document still has for it. */
export const importTwilioNumberSchema = named(
  'ImportTwilioPhoneNumberDTO',
  z.strictObject({ twilioPhoneNumber: e164(), twilioAccountSid: accountSid(), ...twilio, ...shared }),
);

export const createNumberSchema = named(
  'CreatePhoneNumberDTO',
  z.discriminatedUnion('provider', [
    named(
      'CreateByoPhoneNumberDTO',
      z.strictObject({
        provider: z.literal('byo-phone-number'),
        credentialId: uuid(),
        number: byoNumber().nullish(),
        numberE164CheckEnabled: z.boolean().nullish(),
        ...shared,
      }),
    ),
    named(
      'CreateTwilioPhoneNumberDTO',
      z.strictObject({
        provider: z.literal('twilio'),
        number: e164(),
        twilioAccountSid: accountSid(),
        ...twilio,
        ...shared,
      }),
    ),
    named(
      'CreateVonagePhoneNumberDTO',
      z.strictObject({ provider: z.literal('vonage'), number: e164(), credentialId: uuid(), ...shared }),
    ),
    named(
      'CreateVapiPhoneNumberDTO',
      z.strictObject({
        provider: z.literal('vapi'),
        numberDesiredAreaCode: z.string().min(3).max(3).nullish(),
        sipUri: sipUri().nullish(),
        authentication: sipAuthenticationSchema.nullish(),
        ...shared,
      }),
    ),
    named(
      'CreateTelnyxPhoneNumberDTO',
      z.strictObject({ provider: z.literal('telnyx'), number: e164(), credentialId: uuid(), ...shared }),
    ),
  ]),
);

/**
 * `provider` is what current clients always send and older ones never: it may stand there if it is the number's own.
 * What was required stays required: it may be left out, but not unset.
 */
export const updateNumberSchemas = {
  'byo-phone-number': named(
    'UpdateByoPhoneNumberDTO',
    z.strictObject({
      provider: z.literal('byo-phone-number').optional(),
      credentialId: uuid().optional(),
      number: byoNumber().nullish(),
      numberE164CheckEnabled: z.boolean().nullish(),
      ...shared,
    }),
  ),
  twilio: named(
    'UpdateTwilioPhoneNumberDTO',
    z.strictObject({
      provider: z.literal('twilio').optional(),
      number: e164().optional(),
      twilioAccountSid: accountSid().optional(),
      ...twilio,
      ...shared,
    }),
  ),
  vonage: named(
    'UpdateVonagePhoneNumberDTO',
    z.strictObject({
      provider: z.literal('vonage').optional(),
      number: e164().optional(),
      credentialId: uuid().optional(),
      ...shared,
    }),
  ),
  vapi: named(
    'UpdateVapiPhoneNumberDTO',
    z.strictObject({
      provider: z.literal('vapi').optional(),
      sipUri: sipUri().optional(),
      authentication: sipAuthenticationSchema.nullish(),
      ...shared,
    }),
  ),
  telnyx: named(
    'UpdateTelnyxPhoneNumberDTO',
    z.strictObject({
      provider: z.literal('telnyx').optional(),
      number: e164().optional(),
      credentialId: uuid().optional(),
      ...shared,
    }),
  ),
} as const;

/** Documents the body of a change; which of the five applies is known once the number is. */
export const updateNumberSchema = named(
  'UpdatePhoneNumberDTO',
  z.union([
    updateNumberSchemas['byo-phone-number'],
    updateNumberSchemas.twilio,
    updateNumberSchemas.vonage,
    updateNumberSchemas.vapi,
    updateNumberSchemas.telnyx,
  ]),
);

const returned = {
  id: uuid(),
  orgId: uuid(),
  createdAt: instant(),
  updatedAt: instant(),
  status: z.enum(['active', 'activating', 'blocked']),
  name: z.string().optional(),
  assistantId: uuid().optional(),
  squadId: uuid().optional(),
  workflowId: uuid().optional(),
  server: serverSchema.omit({ secret: true }).optional(),
  fallbackDestination: destinationSchema.optional(),
  hooks: hooksSchema.optional(),
};

export const phoneNumberSchema = named(
  'PhoneNumber',
  z.discriminatedUnion('provider', [
    named(
      'ByoPhoneNumber',
      z.object({
        provider: z.literal('byo-phone-number'),
        credentialId: uuid(),
        number: z.string().optional(),
        numberE164CheckEnabled: z.boolean(),
        ...returned,
      }),
    ),
    named(
      'TwilioPhoneNumber',
      z.object({
        provider: z.literal('twilio'),
        number: z.string(),
        twilioAccountSid: z.string(),
        smsEnabled: z.boolean(),
        ...returned,
      }),
    ),
    named(
      'VonagePhoneNumber',
      z.object({ provider: z.literal('vonage'), number: z.string(), credentialId: uuid(), ...returned }),
    ),
    named(
      'VapiPhoneNumber',
      z.object({
        provider: z.literal('vapi'),
        number: z.string().optional(),
        sipUri: z.string().optional(),
        numberDesiredAreaCode: z.string().optional(),
        authentication: z.object({ realm: z.string().optional(), username: z.string() }).optional(),
        ...returned,
      }),
    ),
    named(
      'TelnyxPhoneNumber',
      z.object({ provider: z.literal('telnyx'), number: z.string(), credentialId: uuid(), ...returned }),
    ),
  ]),
);

export const phoneNumberPageSchema = named(
  'PhoneNumberPaginatedResponse',
  z.object({
    results: z.array(phoneNumberSchema),
    metadata: named(
      'PaginationMeta',
      z.object({
        itemsPerPage: z.number(),
        totalItems: z.number(),
        currentPage: z.number(),
        totalPages: z.number(),
        hasNextPage: z.boolean(),
        sortOrder: z.enum(['ASC', 'DESC']),
        createdAtLe: instant().optional(),
        createdAtGe: instant().optional(),
      }),
    ),
  }),
);

export type Provider = keyof typeof updateNumberSchemas;
export type CreateNumberBody = z.output<typeof createNumberSchema>;
export type UpdateNumberBody = z.output<(typeof updateNumberSchemas)[Provider]>;
