import * as z from 'zod';
import {
  VENDOR_PROVIDERS,
  type VendorProvider,
  vendorSecrets,
} from '../../../domain/credentials/vendor-provider.ts';
import { instant, serverUrl, uuid } from '../fields.ts';
import {
  changedOAuth2PlanSchema,
  oauth2PlanSchema,
  secretText,
  shownOAuth2PlanSchema,
} from './server-credential-schema.ts';

const MAX_TEXT_LENGTH = 1000;
const MAX_MODELS = 500;

const text = () => z.string().min(1).max(MAX_TEXT_LENGTH);
const apiUrl = { apiUrl: serverUrl().nullish() };

/** Fields beside the secrets, of those vendors that have some. */
const SETTINGS: Readonly<Partial<Record<VendorProvider, z.core.$ZodLooseShape>>> = {
  '11labs': {
    apiUrl: z.enum(['https://api.elevenlabs.io', 'https://api.eu.residency.elevenlabs.io']).nullish(),
  },
  // The vendor's second service, blob storage, has nothing to do here.
  azure: { service: z.literal('speech'), region: text().nullish() },
  'azure-openai': {
    region: text(),
    models: z.array(text()).max(MAX_MODELS),
    openAIEndpoint: serverUrl(),
  },
  cartesia: apiUrl,
  deepgram: apiUrl,
  microsoft: { region: text().nullish() },
  minimax: { groupId: text() },
  playht: { userId: text() },
  soniox: apiUrl,
};

const name = { name: z.string().min(1).max(40).nullish() };
/** All that is typed of a vendor's fields: the rest is told apart by `vendorSecrets`. */
type Known = {
  provider: z.ZodLiteral<VendorProvider>;
  name: typeof name.name;
};
type Strict = z.ZodObject<Known, z.core.$strict>;

function secretsOf(provider: VendorProvider): Record<string, z.ZodType> {
  const { key, further = [] } = vendorSecrets(provider);
  // Of all vendors only this one leaves its key open.
  const keyText = provider === 'azure' ? secretText().nullish() : secretText();
  return { [key]: keyText, ...Object.fromEntries(further.map((field) => [field, secretText().nullish()])) };
}

function createSchema(provider: VendorProvider): Strict {
  return z.strictObject({
    ...secretsOf(provider),
    ...SETTINGS[provider],
    ...(provider === 'custom-llm' && { authenticationPlan: oauth2PlanSchema.nullish() }),
    ...name,
    provider: z.literal(provider),
  });
}

function updateSchema(provider: VendorProvider): Strict {
  return z
    .strictObject({
      ...secretsOf(provider),
      ...SETTINGS[provider],
      ...(provider === 'custom-llm' && { authenticationPlan: changedOAuth2PlanSchema.nullish() }),
      ...name,
      provider: z.literal(provider),
    })
    .partial() as unknown as Strict;
}

function shownSchema(provider: VendorProvider) {
  return z.object({
    ...SETTINGS[provider],
    ...(provider === 'custom-llm' && { authenticationPlan: shownOAuth2PlanSchema.optional() }),
    provider: z.literal(provider),
    id: uuid(),
    orgId: uuid(),
    name: z.string().optional(),
    createdAt: instant(),
    updatedAt: instant(),
  });
}

export const createVendorSchemas = VENDOR_PROVIDERS.map(createSchema);
export const updateVendorSchemas = Object.fromEntries(
  VENDOR_PROVIDERS.map((provider) => [provider, updateSchema(provider)]),
) as Record<VendorProvider, Strict>;
export const shownVendorSchemas = VENDOR_PROVIDERS.map(shownSchema);
