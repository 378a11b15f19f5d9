import type { output } from 'zod';
import type { Server } from '../../../domain/server.ts';
import { Secret } from '../../../lib/secret.ts';
import { compact } from '../fields.ts';
import type { serverSchema } from './schema.ts';

/**
 * @param current the server that this one replaces. Its secret stays where the new one names the same URL and no
 * secret: nobody can read a secret back, so a client that returns what it read would lose it otherwise.
 */
export function toServer(body: output<typeof serverSchema>, current?: Server): Server {
  const { secret, backoffPlan, ...rest } = compact(body);
  const kept = current?.secret && current.url === rest.url ? current.secret : undefined;
  const value = secret === undefined ? kept : new Secret(secret);
  return {
    ...rest,
    ...(backoffPlan && { backoffPlan: compact(backoffPlan) }),
    ...(value && { secret: value }),
  };
}
