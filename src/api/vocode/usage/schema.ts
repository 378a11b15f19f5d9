import * as z from 'zod';
import { named, perRevision } from '../revision.ts';

export const usageSchema = perRevision((revision) =>
  named(
    revision,
    'Usage',
    z.object({
      user_id: z.guid(),
      plan_type: z.string(),
      monthly_usage_minutes: z.int(),
      monthly_usage_limit_minutes: z.int().nullable(),
    }),
  ),
);
