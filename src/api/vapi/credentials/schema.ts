import { isIPv4 } from 'node:net';
import * as z from 'zod';
import { named } from '../components.ts';
import { headerText, instant, uuid } from '../fields.ts';

const MAX_GATEWAYS = 64;
const MAX_SECRET_LENGTH = 1000;
/** RFC 1035 section 2.3.4. */
const MAX_HOST_LENGTH = 253;
const HOST_NAME = /^(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9-]{1,63})*\.[a-z][a-z0-9-]{0,62}$/i;

const secretText = () => z.string().min(1).max(MAX_SECRET_LENGTH).meta({ writeOnly: true });

const gatewaySchema = named(
  'SipTrunkGateway',
  z.strictObject({
    ip: z
      .string()
      .max(MAX_HOST_LENGTH)
      .refine((text) => isIPv4(text) || HOST_NAME.test(text), {
        message: 'must be an IPv4 address or a host name',
      }),
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
  username: headerText(MAX_SECRET_LENGTH).nullish(),
  realm: headerText(MAX_SECRET_LENGTH).nullish(),
});

const outboundAuthenticationPlanSchema = z.strictObject({
  authUsername: headerText(MAX_SECRET_LENGTH).nullish(),
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
} as const;

/** Documents the body of a change; which of the four applies is known once the credential is. */
export const updateCredentialSchema = named(
  'UpdateCredentialDTO',
  z.union([
    updateCredentialSchemas['byo-sip-trunk'],
    updateCredentialSchemas.twilio,
    updateCredentialSchemas.telnyx,
    updateCredentialSchemas.vonage,
  ]),
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
  ]),
);

export type CreateCredentialBody = z.output<typeof createCredentialSchema>;
type UpdateSchemas = typeof updateCredentialSchemas;
export type UpdateCredentialBody = z.output<UpdateSchemas[keyof UpdateSchemas]>;
export type GatewayBody = z.output<typeof gatewaySchema>;
export type AuthenticationPlanBody = z.output<typeof outboundAuthenticationPlanSchema>;
