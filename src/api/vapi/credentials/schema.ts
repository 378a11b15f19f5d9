import * as z from 'zod';
import { named } from '../components.ts';
import { headerText, hostName, instant, MAX_HOST_LENGTH, uuid } from '../fields.ts';
import {
  customCredentialChanges,
  customCredentialFields,
  secretText,
  shownAuthenticationPlanSchema,
  shownEncryptionPlanSchema,
  webhookChanges,
  webhookFields,
} from './server-credential-schema.ts';
import { createVendorSchemas, shownVendorSchemas, updateVendorSchemas } from './vendor-credential-schema.ts';

const MAX_GATEWAYS = 64;
/** Longest name or realm of a trunk's account, in characters. */
const MAX_ACCOUNT_LENGTH = 1000;

const gatewaySchema = named(
  'SipTrunkGateway',
  z.strictObject({
    ip: hostName(),
    port: z.int().min(1).max(65_535).nullish(),
    netmask: z.int().min(24).max(32).nullish(),
    inboundEnabled: z.boolean().nullish(),
    outboundEnabled: z.boolean().nullish(),
    outboundProtocol: z.enum(['udp', 'tcp', 'tls', 'tls/srtp']).nullish(),
    optionsPingEnabled: z.boolean().nullish(),
  }),
);

const registerPlanSchema = z.strictObject({
  domain: headerText(MAX_HOST_LENGTH).nullish(),
  username: headerText(MAX_ACCOUNT_LENGTH).nullish(),
  realm: headerText(MAX_ACCOUNT_LENGTH).nullish(),
});

const outboundAuthenticationPlanSchema = z.strictObject({
  authUsername: headerText(MAX_ACCOUNT_LENGTH).nullish(),
  authPassword: secretText().nullish(),
  sipRegisterPlan: registerPlanSchema.nullish(),
});

const name = { name: z.string().min(1).max(40).nullish() };

const trunk = {
  outboundAuthenticationPlan: outboundAuthenticationPlanSchema.nullish(),
  outboundLeadingPlusEnabled: z.boolean().nullish(),
  techPrefix: headerText(10_000).nullish(),
  sipDiversionHeader: headerText(10_000).nullish(),
  ...name,
};
const twilio = {
  authToken: secretText().nullish(),
  apiKey: secretText().nullish(),
  apiSecret: secretText().nullish(),
  ...name,
};

const gateways = () => z.array(gatewaySchema).min(1).max(MAX_GATEWAYS);

export const createCredentialSchema = named(
  'CreateCredentialDTO',
  z.discriminatedUnion('provider', [
    z.strictObject({ provider: z.literal('byo-sip-trunk'), gateways: gateways(), ...trunk }),
    z.strictObject({ provider: z.literal('twilio'), accountSid: z.string().min(1).max(200), ...twilio }),
    z.strictObject({ provider: z.literal('telnyx'), apiKey: secretText(), ...name }),
    z.strictObject({
      provider: z.literal('vonage'),
      apiKey: secretText(),
      apiSecret: secretText(),
      ...name,
    }),
    z.strictObject({ provider: z.literal('webhook'), ...webhookFields, ...name }),
    z.strictObject({ provider: z.literal('custom-credential'), ...customCredentialFields, ...name }),
    ...createVendorSchemas,
  ]),
);

/** `provider` may stand in a change if it is the credential's own; a list of gateways replaces the whole list. */
export const updateCredentialSchemas = {
  'byo-sip-trunk': z.strictObject({
    provider: z.literal('byo-sip-trunk').optional(),
    gateways: gateways().optional(),
    ...trunk,
  }),
  twilio: z.strictObject({
    provider: z.literal('twilio').optional(),
    accountSid: z.string().min(1).max(200).optional(),
    ...twilio,
  }),
  telnyx: z.strictObject({
    provider: z.literal('telnyx').optional(),
    apiKey: secretText().optional(),
    ...name,
  }),
  vonage: z.strictObject({
    provider: z.literal('vonage').optional(),
    apiKey: secretText().optional(),
    apiSecret: secretText().optional(),
    ...name,
  }),
  webhook: z.strictObject({ provider: z.literal('webhook').optional(), ...webhookChanges, ...name }),
  'custom-credential': z.strictObject({
    provider: z.literal('custom-credential').optional(),
    ...customCredentialChanges,
    ...name,
  }),
  ...updateVendorSchemas,
} as const;

/** Documents the body of a change; which of the forms applies is known once the credential is. */
export const updateCredentialSchema = named(
  'UpdateCredentialDTO',
  z.union(Object.values(updateCredentialSchemas)),
);

const returned = {
  id: uuid(),
  orgId: uuid(),
  name: z.string().optional(),
  createdAt: instant(),
  updatedAt: instant(),
};

export const credentialSchema = named(
  'Credential',
  z.discriminatedUnion('provider', [
    z.object({
      provider: z.literal('byo-sip-trunk'),
      gateways: z.array(gatewaySchema.required()),
      outboundAuthenticationPlan: outboundAuthenticationPlanSchema.omit({ authPassword: true }).optional(),
      outboundLeadingPlusEnabled: z.boolean(),
      techPrefix: z.string().optional(),
      sipDiversionHeader: z.string().optional(),
      ...returned,
    }),
    z.object({ provider: z.literal('twilio'), accountSid: z.string(), ...returned }),
    z.object({ provider: z.literal('telnyx'), ...returned }),
    z.object({ provider: z.literal('vonage'), ...returned }),
    z.object({
      provider: z.literal('webhook'),
      authenticationPlan: shownAuthenticationPlanSchema,
      ...returned,
    }),
    z.object({
      provider: z.literal('custom-credential'),
      authenticationPlan: shownAuthenticationPlanSchema,
      encryptionPlan: shownEncryptionPlanSchema.optional(),
      ...returned,
    }),
    ...shownVendorSchemas,
  ]),
);

export type CreateCredentialBody = z.output<typeof createCredentialSchema>;
type UpdateSchemas = typeof updateCredentialSchemas;
export type UpdateCredentialBody = z.output<UpdateSchemas[keyof UpdateSchemas]>;
export type GatewayBody = z.output<typeof gatewaySchema>;
export type TrunkAuthenticationBody = z.output<typeof outboundAuthenticationPlanSchema>;
