import { createPublicKey } from 'node:crypto';
import * as z from 'zod';
import { headerRefusal } from '../../../domain/request-headers.ts';
import { named } from '../components.ts';
import { headerText, serverUrl } from '../fields.ts';

/** What the vendor takes of a key, in characters. */
const MAX_SECRET_LENGTH = 10_000;
const MAX_SCOPE_LENGTH = 1000;
const MAX_FORMAT_LENGTH = 1000;
const MAX_PREFIX_LENGTH = 100;
const MAX_HEADER_NAME_LENGTH = 100;
/** A key of 8192 bits in PEM has about 1,500 characters. */
const MAX_PEM_LENGTH = 4000;
/** Shorter keys are no longer secure (NIST SP 800-131A); each bit more costs time at every request. */
const [MIN_KEY_BITS, MAX_KEY_BITS] = [2048, 8192];

/** A secret that is sent as a header or within one. */
export const secretText = () => headerText(MAX_SECRET_LENGTH).min(1).meta({ writeOnly: true });

const headerName = () =>
  z
    .string()
    .min(1)
    .max(MAX_HEADER_NAME_LENGTH)
    .refine((name) => headerRefusal(name, '') === undefined, {
      message: 'must be the name of a header that may be set',
    });

const tokenUrl = () =>
  serverUrl().refine((text) => /^https?:/i.test(text), { message: 'must be a URL address' });

const bearerPlan = {
  type: z.literal('bearer'),
  token: secretText(),
  headerName: headerName().nullish(),
  bearerPrefixEnabled: z.boolean().nullish(),
};
const oauth2Plan = {
  type: z.literal('oauth2'),
  url: tokenUrl(),
  clientId: z.string().min(1).max(MAX_SECRET_LENGTH),
  clientSecret: secretText(),
  scope: z.string().max(MAX_SCOPE_LENGTH).nullish(),
};
const hmacPlan = {
  type: z.literal('hmac'),
  secretKey: z.string().min(1).max(MAX_SECRET_LENGTH).meta({ writeOnly: true }),
  algorithm: z.enum(['sha256', 'sha512', 'sha1']),
  signatureHeader: headerName().nullish(),
  timestampHeader: headerName().nullish(),
  signaturePrefix: headerText(MAX_PREFIX_LENGTH).nullish(),
  includeTimestamp: z.boolean().nullish(),
  payloadFormat: z.string().min(1).max(MAX_FORMAT_LENGTH).nullish(),
  messageIdHeader: headerName().nullish(),
  signatureEncoding: z.enum(['hex', 'base64']).nullish(),
  secretIsBase64: z.boolean().nullish(),
};

/** In a change the secret may be left out: it stays, as nobody can read it back to repeat it. */
const changedBearerPlan = z.strictObject({ ...bearerPlan, token: bearerPlan.token.nullish() });
const changedOAuth2Plan = z.strictObject({ ...oauth2Plan, clientSecret: oauth2Plan.clientSecret.nullish() });
const changedHmacPlan = z.strictObject({ ...hmacPlan, secretKey: hmacPlan.secretKey.nullish() });

export const oauth2PlanSchema = named('OAuth2AuthenticationPlan', z.strictObject(oauth2Plan));
export const changedOAuth2PlanSchema = changedOAuth2Plan;

const authenticationPlanSchema = z.discriminatedUnion('type', [
  named('BearerAuthenticationPlan', z.strictObject(bearerPlan)),
  oauth2PlanSchema,
  named('HMACAuthenticationPlan', z.strictObject(hmacPlan)),
]);

const changedAuthenticationPlanSchema = z.discriminatedUnion('type', [
  changedBearerPlan,
  changedOAuth2Plan,
  changedHmacPlan,
]);

const { token: _token, ...shownBearerPlan } = bearerPlan;
const { clientSecret: _clientSecret, ...shownOAuth2Plan } = oauth2Plan;
const { secretKey: _secretKey, ...shownHmacPlan } = hmacPlan;

export const shownOAuth2PlanSchema = z.object(shownOAuth2Plan);
export const shownAuthenticationPlanSchema = z.discriminatedUnion('type', [
  z.object(shownBearerPlan),
  shownOAuth2PlanSchema,
  z.object(shownHmacPlan),
]);

function isStrongRsaKey(pem: string): boolean {
  if (!pem.includes('-----BEGIN PUBLIC KEY-----')) return false;
  try {
    const key = createPublicKey(pem);
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return key.asymmetricKeyType === 'rsa' && bits >= MIN_KEY_BITS && bits <= MAX_KEY_BITS;
  } catch {
    // Whatever cannot be read is no key; the answer to the client says what would be one.
    return false;
  }
}

const encryptionPlanSchema = named(
  'PublicKeyEncryptionPlan',
  z.strictObject({
    type: z.literal('public-key'),
    algorithm: z.literal('RSA-OAEP-256'),
    publicKey: z.strictObject({
      name: z.string().max(100).nullish(),
      format: z.literal('spki-pem'),
      pem: z
        .string()
        .max(MAX_PEM_LENGTH)
        .refine(isStrongRsaKey, {
          message: `must be an RSA public key of ${MIN_KEY_BITS} to ${MAX_KEY_BITS} bits in SPKI PEM form`,
        }),
    }),
  }),
);

export const webhookFields = { authenticationPlan: authenticationPlanSchema };
export const customCredentialFields = { ...webhookFields, encryptionPlan: encryptionPlanSchema.nullish() };

export const webhookChanges = { authenticationPlan: changedAuthenticationPlanSchema.optional() };
export const customCredentialChanges = { ...webhookChanges, encryptionPlan: encryptionPlanSchema.nullish() };

export const shownEncryptionPlanSchema = encryptionPlanSchema;

/** A plan as a change may hold it; with its secret it is one as a create must hold it. */
export type AuthenticationPlanBody = z.output<typeof changedAuthenticationPlanSchema>;
export type EncryptionPlanBody = z.output<typeof encryptionPlanSchema>;
