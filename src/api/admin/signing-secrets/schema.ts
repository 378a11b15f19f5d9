import * as z from 'zod';
import { named } from '../errors.ts';
import { instant } from '../schema.ts';

/** A day: time to bring the new secret to every receiver. */
const DEFAULT_GRACE_SECONDS = 86_400;
const MAX_GRACE_SECONDS = 365 * 86_400;

export const secretParams = z.object({ id: z.string().regex(/^[0-9a-f]{16}$/) });

export const createSigningSecretSchema = named(
  'CreateSigningSecret',
  z.strictObject({
    gracePeriodSeconds: z.int().min(0).max(MAX_GRACE_SECONDS).default(DEFAULT_GRACE_SECONDS).meta({
      description: 'How long the secrets before this one go on signing beside it.',
    }),
  }),
);

export const signingSecretSchema = named(
  'SigningSecret',
  z.object({
    id: z.string(),
    prefix: z.string().meta({ description: 'The first characters of the secret.' }),
    createdAt: instant(),
    expiresAt: instant().optional().meta({ description: 'It signs no more after this instant.' }),
  }),
);

export const createdSigningSecretSchema = named(
  'CreatedSigningSecret',
  signingSecretSchema.extend({
    secret: z.string().meta({ description: 'The secret itself, shown this once.' }),
  }),
);
