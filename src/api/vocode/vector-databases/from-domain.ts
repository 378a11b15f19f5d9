import type { PartOf } from '../../../domain/parts/part.ts';
import { MASK } from '../fields.ts';

export function fromVectorDatabase({
  id,
  orgId,
  database,
}: PartOf<'vector-database'>): Record<string, unknown> {
  const { type, index, apiKey, apiEnvironment } = database;
  return {
    id,
    user_id: orgId,
    type,
    index,
    api_key: apiKey ? MASK : '',
    api_environment: apiEnvironment,
  };
}
