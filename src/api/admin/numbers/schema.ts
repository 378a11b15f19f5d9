import * as z from 'zod';
import { named } from '../errors.ts';
import { instant } from '../schema.ts';

export const numberChangesSchema = named(
  'UpdateNumber',
  z.strictObject({
    blocked: z.boolean().meta({
      description:
        'Callers of a blocked number get 403, and no calls are ordered from it. Calls that are ordered already end at their time without being dialled; those that are dialled or up go on.',
    }),
  }),
);

export const numberSchema = named(
  'Number',
  z.object({
    id: z.string(),
    number: z.string().optional(),
    sipUri: z.string().optional(),
    status: z.enum(['active', 'activating', 'blocked']),
    updatedAt: instant(),
  }),
);
