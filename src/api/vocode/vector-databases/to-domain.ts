import type { VectorDatabase } from '../../../domain/parts/part.ts';
import { compact, toSecret } from '../fields.ts';
import type { VectorDatabaseParams, VectorDatabaseUpdateParams } from './schema.ts';

export function toVectorDatabase(body: VectorDatabaseParams): VectorDatabase {
  const blank = { type: body.type, index: body.index, apiEnvironment: body.api_environment };
  return withVectorDatabase(blank, body);
}

/** The database after a change: keys that are given replace, all others stay. */
export function withVectorDatabase(
  current: VectorDatabase,
  {
    api_key: apiKey,
    api_environment: apiEnvironment,
    index,
  }: VectorDatabaseParams | VectorDatabaseUpdateParams,
): VectorDatabase {
  const secret = apiKey === undefined ? current.apiKey : toSecret(apiKey, current.apiKey);
  return { ...current, ...compact({ index, apiEnvironment, apiKey: secret }) };
}
