import type { Server } from '../../../domain/server.ts';

/** Everything but the secret. */
export function fromServer(server: Server): Omit<Server, 'secret'> {
  const { secret: _, ...rest } = server;
  return rest;
}
