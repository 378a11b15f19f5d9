import * as z from 'zod';
import { pageSchema } from '../../server/pages.ts';
import { named } from '../components.ts';
import { anyObject, description, label, phoneNumber } from '../fields.ts';
import { CONNECTION_TYPES, UNSUPPORTED_TYPES } from './connection-kinds.ts';

const MAX_KEY_LENGTH = 4096;
const MAX_CREDENTIALS = 20;
const MAX_POOL = 1000;

const keys = {
  type: z
    .enum([...CONNECTION_TYPES, ...UNSUPPORTED_TYPES])
    .refine((type) => !(UNSUPPORTED_TYPES as readonly string[]).includes(type), {
      error: 'must be of a service that calls can use; this exchange uses none of this type',
    }),
  credentials: z
    .record(z.string(), z.string().max(MAX_KEY_LENGTH).nullable())
    .refine((credentials) => Object.keys(credentials).length <= MAX_CREDENTIALS, {
      error: `must have no more than ${MAX_CREDENTIALS} keys`,
    }),
  label: label().nullish(),
  description: description().nullish(),
  steering_pool: z.array(phoneNumber()).max(MAX_POOL).nullish(),
  account_supports_any_caller_id: z.boolean().nullish(),
  config: anyObject().nullish(),
};

export const createConnectionSchema = named('CreateAccountConnectionBody', z.object(keys));

export const updateConnectionSchema = named(
  'UpdateAccountConnectionBody',
  z.object({ ...keys, type: keys.type.optional(), credentials: keys.credentials.optional() }),
);

export type ConnectionBody = z.output<typeof updateConnectionSchema>;
export type CreateConnectionBody = z.output<typeof createConnectionSchema>;

export const connectionSchema = named(
  'AccountConnectionDto',
  z.looseObject({
    id: z.string(),
    user_id: z.string(),
    type: z.enum(CONNECTION_TYPES),
    credentials: anyObject(),
  }),
);

export const connectionPageSchema = named('AccountConnectionPage', pageSchema(connectionSchema));
