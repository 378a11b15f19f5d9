import * as z from 'zod';
import { headerRefusal } from '../../domain/request-headers.ts';
import type { Server } from '../../domain/server.ts';
import { Secret } from '../../lib/secret.ts';
import { compact, headerMap, serverUrl, uuid } from './fields.ts';

const MAX_ENCRYPTED_PATHS = 100;
const MAX_SECRET_LENGTH = 4096;
/** What no header can carry as it is written (RFC 9110 section 5.5). */
const NOT_LATIN_1 = /[^\0-\xff]/;

export const backoffPlanKeys = {
  type: z.enum(['fixed', 'exponential']),
  maxRetries: z.number().min(0).max(10),
  baseDelaySeconds: z.number().min(0).max(10),
  excludedStatusCodes: z.array(z.int().min(100).max(599)).max(500).nullish(),
};

/** Headers that every request to the server carries: one that cannot be sent would fail them all. */
const requestHeaders = () =>
  headerMap().superRefine((headers, context) => {
    for (const [name, value] of Object.entries(headers)) {
      const message = headerRefusal(name, '') ?? (NOT_LATIN_1.test(value) ? 'must be in Latin-1' : undefined);
      if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message });
    }
  });

/** How a server is spoken to, wherever a dialect has one. */
export const serverSettings = {
  timeoutSeconds: z.number().min(1).max(300).nullish(),
  headers: requestHeaders().nullish(),
  credentialId: uuid().nullish(),
  staticIpAddressesEnabled: z.boolean().nullish(),
  encryptedPaths: z.array(z.string()).max(MAX_ENCRYPTED_PATHS).nullish(),
};

/** `secret` is the older form of authentication, still widely used. */
export const serverKeys = {
  url: serverUrl().nullish(),
  ...serverSettings,
  secret: z.string().max(MAX_SECRET_LENGTH).nullish().meta({ writeOnly: true }),
};

type ServerBody = z.output<z.ZodObject<typeof serverKeys>> & {
  backoffPlan?: z.output<z.ZodObject<typeof backoffPlanKeys>> | null | undefined;
};

/**
 * @param current the server that this one replaces. Its secret stays where the new one names the same URL and no
 * secret: nobody can read a secret back, so a client that returns what it read would lose it otherwise.
 */
export function toServer(body: ServerBody, current?: Server): Server {
  const { secret, backoffPlan, ...rest } = compact(body);
  const kept = current?.secret && current.url === rest.url ? current.secret : undefined;
  const value = secret === undefined ? kept : new Secret(secret);
  return {
    ...rest,
    ...(backoffPlan && { backoffPlan: compact(backoffPlan) }),
    ...(value && { secret: value }),
  };
}

/** Everything but the secret. */
export function fromServer(server: Server): Omit<Server, 'secret'> {
  const { secret: _, ...rest } = server;
  return rest;
}
