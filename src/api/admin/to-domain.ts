import type { output } from 'zod';
import type { ApiKey } from '../../domain/orgs/org.ts';
import { newId } from '../../lib/ids.ts';
import type { createKeySchema } from './schema.ts';

export function toKey(
  body: output<typeof createKeySchema>,
  prefix: string,
  orgId: string,
  now: number,
): ApiKey {
  return {
    id: newId(now),
    orgId,
    ...(body.name !== undefined && { name: body.name }),
    ...(body.dialect !== undefined && { dialect: body.dialect }),
    prefix,
    createdAt: now,
  };
}
