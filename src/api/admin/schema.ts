import * as z from 'zod';
import { KEY_DIALECTS } from '../../domain/orgs/org.ts';
import { named } from './errors.ts';

export const instant = () => z.string().meta({ format: 'date-time' });

export const idParams = z.object({ id: z.guid().transform((id) => id.toLowerCase()) });

export const createKeySchema = named(
  'CreateKey',
  z.strictObject({
    name: z.string().min(1).max(100).optional(),
    dialect: z.enum(KEY_DIALECTS).optional(),
  }),
);

export const keySchema = named(
  'Key',
  z.object({
    id: z.string(),
    name: z.string().optional(),
    prefix: z.string(),
    dialect: z.enum(KEY_DIALECTS).optional(),
    createdAt: instant(),
    revokedAt: instant().optional(),
  }),
);

export const createdKeySchema = named(
  'CreatedKey',
  keySchema.extend({ key: z.string().meta({ description: 'The key itself, shown this once.' }) }),
);

export const timelineSchema = named(
  'Timeline',
  z.object({
    callId: z.string(),
    status: z.string(),
    events: z.array(
      z.object({
        seq: z.int(),
        type: z.string(),
        at: instant(),
        data: z.record(z.string(), z.unknown()),
      }),
    ),
  }),
);
