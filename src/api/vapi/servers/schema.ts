import * as z from 'zod';
import { named } from '../components.ts';
import { headerMap, serverUrl, uuid } from '../fields.ts';

const MAX_ENCRYPTED_PATHS = 100;
const MAX_SECRET_LENGTH = 4096;

const backoffPlanSchema = named(
  'BackoffPlan',
  z.strictObject({
    type: z.enum(['fixed', 'exponential']),
    maxRetries: z.number().min(0).max(10),
    baseDelaySeconds: z.number().min(0).max(10),
    excludedStatusCodes: z.array(z.int().min(100).max(599)).max(500).nullish(),
  }),
);

const settings = {
  url: serverUrl().nullish(),
  timeoutSeconds: z.number().min(1).max(300).nullish(),
  headers: headerMap().nullish(),
  credentialId: uuid().nullish(),
  staticIpAddressesEnabled: z.boolean().nullish(),
  encryptedPaths: z.array(z.string()).max(MAX_ENCRYPTED_PATHS).nullish(),
  backoffPlan: backoffPlanSchema.nullish(),
};

/** Where the customer takes events. `secret` is the older form of authentication, still widely used. */
export const serverSchema = named(
  'Server',
  z.strictObject({
    ...settings,
    secret: z.string().max(MAX_SECRET_LENGTH).nullish().meta({ writeOnly: true }),
  }),
);

/** The server of a custom voice or transcriber: kept as it came, so a secret could not be hidden in it. */
export const providerServerSchema = z.strictObject(settings);
